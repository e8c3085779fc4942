package rollout

import (
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

// result is the Rollout so far as a report shows it.
func (r *Rollout) result(v report.Verdict, reason string) report.Result {
	r.state.Totals = r.meter.total
	return r.state.Result(v, reason)
}

// Result is a report of what the state holds; the verdict is the caller's.
func (s *State) Result(v report.Verdict, reason string) report.Result {
	finished := s.Finished
	if finished.IsZero() {
		finished = time.Now().UTC()
	}
	res := report.Result{
		Release: s.Release, Namespace: s.Namespace, ID: s.ID, Verdict: v, Reason: reason, Next: s.Next, Strategy: s.Strategy,
		From: s.From, To: s.To, Source: s.Source, Started: s.Started, Finished: finished,
		Seconds: finished.Sub(s.Started).Seconds(), Warnings: s.Warnings,
		Stable: sideOf(s.Totals.Stable), Candidate: sideOf(s.Totals.Candidate), Timeline: slices.Clone(s.Timeline),
	}
	for _, step := range s.Steps {
		res.Steps = append(res.Steps, step.Record)
	}
	return res
}

func sideOf(c evidence.Counts) report.Side {
	s := report.Side{Requests: c.Requests, Errors: c.Errors}
	if rate, ok := c.ErrorRate(); ok {
		s.ErrorRate = &rate
	}
	ms := func(q float64) *float64 {
		d, ok := c.Latency.Quantile(q)
		if !ok {
			return nil
		}
		v := float64(d) / float64(time.Millisecond)
		return &v
	}
	s.Latency = report.Latency{P50: ms(.5), P90: ms(.9), P99: ms(.99)}
	return s
}
