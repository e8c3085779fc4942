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
		r.limit.hold(true)
		defer r.limit.hold(false)
		r.emit(EventNotice, fmt.Sprintf("waiting for `headgate resume %[1]s -n %[2]s`, `headgate promote %[1]s -n %[2]s` or `headgate rollback %[1]s -n %[2]s`", r.state.Release, r.state.Namespace), nil)
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
