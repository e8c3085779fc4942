package rollout

import (
	"context"
	"slices"

	"github.com/headgate-ci/headgate/modules/report"
)

// GoBack gives stable back the version that it had before a promotion, at once:
// the Deployment replaces its Pods as at any update, so that nobody need notice.
// The routes are the user's already and are not touched. Who takes it up in the
// middle goes on with it.
func (r *Rollout) GoBack(ctx context.Context, reason string) (report.Result, error) {
	ctx = context.WithoutCancel(ctx) // half of it would leave two versions
	r.meter.begin(r.state.Totals)
	r.state.going(reason)
	i := slices.IndexFunc(r.state.Steps, func(s StepState) bool { return s.Spec.Kind == KindUpdate })
	r.state.Current = max(0, i)
	if err := r.save(ctx); err != nil {
		return r.stuck(ctx, reason, err)
	}
	r.emit(EventUndo, "", nil)
	if err := r.done(ctx, "bring stable's old version back", r.deps.Workload.RevertStable); err != nil {
		return r.stuck(ctx, reason, err)
	}
	r.current().Record.Status = report.Undone
	r.emit(EventUndone, "", nil)
	r.state.wentBack()
	return r.finish(ctx, EndRollback, reason)
}

// going says that a promoted Rollout is being taken back. An older headgate would
// take the record for one that is to be promoted, so it must not read it.
func (s *State) going(reason string) {
	s.GoingBack, s.Version = true, goingBackVersion
	s.Phase, s.Reason, s.Next = RollingBack, reason, ""
}

func (s *State) wentBack() {
	s.GoingBack, s.Committed, s.Version = false, false, stateVersion
	s.Current = len(s.Steps)
}
