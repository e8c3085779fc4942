package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
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
	began := time.Now()
	w := watch{r: r, clock: stopwatch{last: began}}
	if s.length == 0 {
		r.emit(EventNotice, fmt.Sprintf("waiting for `headgate resume %[1]s -n %[2]s`, `headgate promote %[1]s -n %[2]s` or `headgate rollback %[1]s -n %[2]s`", r.state.Release, r.state.Namespace), nil)
	}
	for {
		verdicts, err := w.look(ctx)
		if err != nil {
			return err
		}
		for _, v := range verdicts {
			if v.Outcome == gate.Fail {
				return &GateError{Verdict: v}
			}
		}
		if err := r.asked(); err != nil {
			return err
		}
		switch {
		case s.length > 0 && time.Since(began) >= s.length:
			return nil
		case s.length == 0 && r.deps.Driver.Request() == journal.RequestResume:
			return nil
		}
		if err := sleep(ctx, r.state.Settings.Interval); err != nil {
			return err
		}
	}
}
