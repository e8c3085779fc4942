package rollout

import (
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// result is the Rollout so far as a report shows it.
func (r *Rollout) result(v report.Verdict, reason string) report.Result {
	r.state.Totals = r.meter.sum()
	return r.state.Result(v, reason)
}

// Result is a report of what the state holds; the verdict is the caller's.
func (s *State) Result(v report.Verdict, reason string) report.Result {
	finished := s.Finished
	if finished.IsZero() {
		finished = time.Now().UTC()
	}
	weight := s.Weight
	res := report.Result{
		Release: s.Release, Namespace: s.Namespace, ID: s.ID, Verdict: v, Reason: reason, Next: s.Next, Strategy: s.Strategy, Weight: &weight,
		From: s.From, To: s.To, Source: s.Source, Started: s.Started, Finished: finished,
		Seconds: finished.Sub(s.Started).Seconds(), Warnings: s.Warnings,
		Stable: report.SideOf(s.Totals.Stable), Candidate: report.SideOf(s.Totals.Candidate), Baseline: report.BesideOf(s.Totals.Baseline),
		Warmup: report.BesideOf(s.Timeline.Warmup()), Timeline: slices.Clone(s.Timeline),
	}
	for _, step := range s.Steps {
		res.Steps = append(res.Steps, step.Record)
	}
	return res
}
