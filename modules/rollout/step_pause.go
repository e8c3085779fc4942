package rollout

import (
	"context"
	"fmt"
	"time"
)

// pauseStep waits for a time or a person; failing gates still end the Rollout.
type pauseStep struct {
	weight int
	length time.Duration
}

func (s pauseStep) Name() string {
	if s.length > 0 {
		return fmt.Sprintf("pause %s at %d%%", s.length, s.weight)
	}
	return fmt.Sprintf("approval at %d%%", s.weight)
}

func (pauseStep) skippable() {}

func (s pauseStep) Do(ctx context.Context, r *Rollout) error {
	w := watch{r: r, clock: stopwatch{last: time.Now()}}
	r.settleResume() // what was said before is no answer to what is asked now
	if s.length == 0 {
		if err := r.awaitApproval(ctx); err != nil {
			return err
		}
		defer r.Unpause() // whatever is said
	}
	for {
		verdicts, err := w.look(ctx)
		if err != nil {
			return err
		}
		if err := r.failing(verdicts); err != nil {
			return err
		}
		if err := r.saveNowAndThen(ctx); err != nil {
			return err
		}
		if err := r.asked(); err != nil {
			return err
		}
		if over, err := s.over(ctx, &w); over || err != nil {
			return err
		}
		if err := sleep(ctx, r.state.Settings.Interval); err != nil {
			return err
		}
	}
}

// awaitApproval has everybody see that a person is asked.
func (r *Rollout) awaitApproval(ctx context.Context) error {
	next := fmt.Sprintf("`headgate resume %[1]s -n %[2]s` to go on, `headgate promote %[1]s -n %[2]s` to finish without gates, `headgate rollback %[1]s -n %[2]s` to put everything back", r.state.Release, r.state.Namespace)
	r.standBy(Waiting, fmt.Sprintf("waits for a person's approval: `headgate resume %s -n %s`", r.state.Release, r.state.Namespace), next)
	r.emit(EventNotice, "waiting for a person: "+next, nil)
	return r.save(ctx)
}

// over says that the person has approved, or that the time has passed; what
// `headgate pause` adds to it does not count.
func (s pauseStep) over(ctx context.Context, w *watch) (bool, error) {
	if s.length == 0 {
		return w.r.settleResume(), nil
	}
	paused, err := w.r.paused(ctx)
	w.clock.tick(paused)
	return !paused && w.clock.total >= s.length, err
}
