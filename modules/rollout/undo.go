package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// undo puts back what was done, last step first, and ends the Rollout. It goes
// on when the Rollout's own context is over: what was begun is put back.
func (r *Rollout) undo(ctx context.Context, why Ending, reason string) (report.Result, error) {
	ctx = context.WithoutCancel(ctx)
	if r.state.Why == "" {
		r.state.Why = why
	}
	r.state.Phase, r.state.Reason, r.state.Next = RollingBack, reason, ""
	if err := r.save(ctx); err != nil {
		if endingOf(ctx, err) == endLeave {
			return r.result(report.Unfinished, reason), err
		}
		r.warn(err.Error())
	}
	for i := min(r.state.Current, len(r.steps)-1); i >= 0; i-- {
		r.state.Current = i
		if err := r.undoStep(ctx, i); err != nil {
			return r.stuck(ctx, reason, err)
		}
	}
	r.state.stand(traffic.Weights{})
	return r.finish(ctx, r.state.Why, reason)
}

func (r *Rollout) undoStep(ctx context.Context, i int) error {
	rec := &r.state.Steps[i]
	undoer, ok := r.steps[i].(Undoer)
	if !ok || rec.Record.Status == report.Pending || rec.Record.Status == report.Undone {
		return nil
	}
	told := rec.Record.Status == report.Failed || rec.Record.Status == report.Stopped // which tells more
	r.emit(EventUndo, "", nil)
	if err := undoer.Undo(ctx, r); err != nil {
		return fmt.Errorf("undo %q: %w", r.steps[i].Name(), err)
	}
	if !told {
		rec.Record.Status = report.Undone
	}
	r.emit(EventUndone, "", nil)
	return r.save(ctx)
}

// stuck ends an undoing that cannot go on: the record stays as unfinished, so
// that a watchdog or `headgate rollback` can finish it.
func (r *Rollout) stuck(ctx context.Context, reason string, err error) (report.Result, error) {
	if endingOf(ctx, err) == endLeave {
		return r.result(report.Unfinished, reason), err
	}
	next := fmt.Sprintf("run `headgate rollback %s -n %s` when the cause is gone", r.state.Release, r.state.Namespace)
	if conflict(err) {
		next = fmt.Sprintf("put that field right, or run `headgate rollback %s -n %s --force` to overwrite it", r.state.Release, r.state.Namespace)
	}
	if conflict(err) { // else whoever takes over can go on at once
		r.state.Phase = Held
	}
	r.state.Reason, r.state.Next = fmt.Sprintf("%s; putting things back stopped: %v", reason, err), next
	res, serr := r.conclude(ctx)
	return res, errors.Join(err, serr)
}
