package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
)

// asked turns a request from another terminal into what a waiting step should
// return; nil when nobody wants anything.
func (r *Rollout) asked() error {
	switch r.deps.Driver.Request() {
	case journal.RequestRollback:
		return errAskedRollback
	case journal.RequestPromote:
		return errAskedPromote
	default:
		return nil
	}
}

// attentive gives fn a context that also ends when a rollback is asked for or a
// gate fails: a wait for Pods does not look by itself.
func (r *Rollout) attentive(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	var seen []sighting
	go func() {
		defer close(done)
		for sleep(ctx, r.pace()) == nil {
			if r.deps.Driver.Request() == journal.RequestRollback {
				cancel(errAskedRollback)
			}
			if s, ok := r.sight(ctx); ok {
				seen = append(seen, s)
				if err := r.failing(s.verdicts); err != nil {
					cancel(err)
				}
			}
		}
	}()
	err := fn(ctx)
	var failed *GateError
	if cause := context.Cause(ctx); errors.Is(cause, errAskedRollback) || errors.As(cause, &failed) {
		err = cause // not what the cancelled wait makes of it
	}
	cancel(nil)
	<-done
	r.sightings(seen)
	return err
}

// settleResume takes a `headgate resume` as heard, so that it does not approve
// what comes later.
func (r *Rollout) settleResume() (was bool) {
	if was = r.deps.Driver.SettleIf(journal.RequestResume); was {
		r.Unpause()
	}
	return was
}

// waitsForWord are the steps before which a pause is heard: they move traffic
// on, or bring what cannot be taken back at once. Gates and pauses hear it
// themselves.
func waitsForWord(k Kind) bool {
	return k == KindRoute || k == KindCapacity || k == KindWeight || k == KindUpdate
}

// whenGoing does a step as soon as nobody wants a pause. The gates watch
// meanwhile.
func (r *Rollout) whenGoing(ctx context.Context, step Step) error {
	if !waitsForWord(r.current().Spec.Kind) || r.hurry {
		return step.Do(ctx, r)
	}
	for {
		paused, err := r.paused(ctx)
		if err != nil {
			return err
		}
		if !paused {
			return step.Do(ctx, r)
		}
		err = r.stillWell(ctx)
		if errors.Is(err, errAskedPromote) {
			r.Hurry()
			return step.Do(ctx, r)
		}
		if err != nil {
			return err
		}
		if err := sleep(ctx, r.state.Settings.Interval); err != nil {
			return err
		}
	}
}

// stillWell looks once while nothing else is done.
func (r *Rollout) stillWell(ctx context.Context) error {
	w := watch{r: r, clock: stopwatch{last: time.Now()}}
	return w.keepWatch(ctx)
}

// paused says that a person wants the weight to stay where it is. What was asked
// of a former driver holds until something else is asked.
func (r *Rollout) paused(ctx context.Context) (bool, error) {
	is := r.state.Phase == Paused
	request := r.deps.Driver.Request()
	want := request == journal.RequestPause || is && request == journal.RequestNone
	if want == is {
		return is, nil
	}
	text := "resumed"
	r.settleResume()
	r.Unpause()
	if want {
		next := fmt.Sprintf("`headgate resume %s -n %s` goes on", r.state.Release, r.state.Namespace)
		r.standBy(Paused, "`headgate pause` asked for it", next)
		text = fmt.Sprintf("paused at %d%%; gates still watch; %s", r.state.Weight, next)
	}
	r.emit(EventNotice, text, nil)
	return want, r.save(ctx)
}
