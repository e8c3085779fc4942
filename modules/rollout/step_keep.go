package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// keepStep has the old version stay for a time after all traffic has left it:
// stable is not touched yet, its Pods are there, and going back is one write of
// the routes. Gates watch meanwhile.
type keepStep struct{ length time.Duration }

// Keep puts a keepStep before stable is given the new version; no time, no
// step.
func Keep(list []StepSpec, length time.Duration) []StepSpec {
	i := slices.IndexFunc(list, func(s StepSpec) bool { return s.Kind == KindUpdate })
	if length <= 0 || i < 0 {
		return list
	}
	return slices.Insert(list, i, StepSpec{Kind: KindKeep, Weight: 100, For: length})
}

func (s keepStep) Name() string { return fmt.Sprintf("keep old %s", s.length) }

func (keepStep) skippable() {}

func (s keepStep) Do(ctx context.Context, r *Rollout) error {
	r.emit(EventNotice, fmt.Sprintf("the new version has all traffic; the old one is kept for %[3]s: `headgate rollback %[1]s -n %[2]s` goes back at once, `headgate promote %[1]s -n %[2]s` ends the wait", r.state.Release, r.state.Namespace, s.length), nil)
	r.limit.hold(true) // the time is the Release's wish, not a delay
	defer r.limit.hold(false)
	w := watch{r: r, clock: stopwatch{last: time.Now()}}
	for {
		if err := w.keepWatch(ctx); err != nil {
			return err
		}
		// Counted from when the step was begun, also by another process.
		if time.Since(r.current().Started) >= s.length {
			return nil
		}
		if err := sleep(ctx, r.pace()); err != nil {
			return err
		}
	}
}

// keepWatch looks once, and fails when a gate does or somebody asks for an end.
func (w *watch) keepWatch(ctx context.Context) error {
	verdicts, err := w.look(ctx)
	if err != nil {
		return err
	}
	if err := w.r.failing(verdicts); err != nil {
		return err
	}
	if err := w.r.saveNowAndThen(ctx); err != nil {
		return err
	}
	return w.r.asked()
}
