package rollout

import (
	"context"
	"slices"

	"github.com/headgate-ci/headgate/modules/report"
)

// Beside has a baseline take part in a list: stable's version anew, in Pods of the
// candidate's age, with the candidate's share as long as there is that much left
// and with all that is left above 50%. So the candidate has one and the same peer
// at every weight. It goes when the candidate has everything.
func Beside(list []StepSpec) []StepSpec {
	list = slices.Clone(list)
	for i, s := range list {
		switch s.Kind {
		case KindCandidate, KindCapacity, KindWeight:
			list[i].Baseline = min(s.Weight, 100-s.Weight)
		}
	}
	i := slices.IndexFunc(list, func(s StepSpec) bool { return s.Kind == KindKeep || s.Kind == KindUpdate })
	if i < 0 {
		return list
	}
	return slices.Insert(list, i, StepSpec{Kind: KindRelieve, Weight: 100})
}

// relieveStep takes the baseline away once no traffic is left for it.
type relieveStep struct{}

func (relieveStep) Name() string { return "remove baseline" }

func (relieveStep) Do(ctx context.Context, r *Rollout) error {
	if err := r.drained(ctx, Baseline, r.judged); err != nil {
		return err
	}
	return r.done(ctx, "remove the baseline", r.deps.Workload.RemoveBaseline)
}

// hasBaseline says that there is a baseline, or may be.
func (r *Rollout) hasBaseline() bool {
	return slices.ContainsFunc(r.state.Steps, func(s StepState) bool {
		return s.Spec.Kind == KindRelieve && s.Record.Status != report.Done
	})
}
