package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// beside is a look with a baseline.
func beside(candidate, baseline, stable evidence.Counts) evidence.Evidence {
	e := look(candidate, stable)
	e.Baseline = baseline
	return e
}

// What old Pods do decides nothing, and the words say who was compared with.
func TestGatesCompareWithTheBaseline(t *testing.T) {
	t.Parallel()
	for _, method := range []gate.Method{gate.Sequential, gate.Fixed} {
		p := gate.Promise{Method: method, Cluster: 1}
		errors := gate.ErrorsOptions{Regression: ptr(1.5), Against: gate.PeerBaseline, Promise: p}
		latency := gate.LatencyOptions{Quantile: .9, Regression: ptr(1.2), Against: gate.PeerBaseline, Promise: gate.Promise{Method: method, Cluster: 1, Effect: .1}}
		bad, good := counts(2000, 100), counts(2000, 2)
		slow, fast := timed(2000, 0, 1000, 2000), timed(2000, 1990, 2000, 2000)
		for why, c := range map[string]struct {
			gate gate.Gate
			look evidence.Evidence
			want gate.Outcome
		}{
			"as bad as the baseline beside a good stable":         {must(gate.Errors(errors)), beside(bad, bad, good), gate.Inconclusive},
			"worse than the baseline beside a bad stable":         {must(gate.Errors(errors)), beside(bad, good, bad), gate.Fail},
			"as good as the baseline beside a bad stable":         {must(gate.Errors(errors)), beside(good, good, bad), gate.Pass},
			"a baseline that has served nothing":                  {must(gate.Errors(errors)), beside(bad, counts(0, 0), good), gate.Inconclusive},
			"slower than the baseline beside a slow stable":       {must(gate.Latency(latency)), beside(slow, fast, slow), gate.Fail},
			"as fast as the baseline beside a slow stable":        {must(gate.Latency(latency)), beside(fast, fast, slow), gate.Pass},
			"as slow as the baseline beside a fast stable":        {must(gate.Latency(latency)), beside(slow, slow, fast), gate.Inconclusive},
			"stable's old latencies do not make a baseline known": {must(gate.Latency(latency)), beside(slow, evidence.Counts{}, fast), gate.Inconclusive},
		} {
			trial := c.gate.Begin()
			trial.NextStep()
			var v gate.Verdict
			for range 2 {
				v = trial.Look(c.look)
			}
			allowed := v.Outcome == c.want || c.want == gate.Inconclusive && v.Outcome == gate.Pass && c.look.Baseline.Requests > 0
			if !allowed {
				t.Errorf("%s, %s: %s: %s", method, why, v.Outcome, v.Reason)
			}
			if strings.Contains(v.Reason+v.Missing+c.gate.Question(), "stable") {
				t.Errorf("%s, %s speaks of stable: %s (%s): %s", method, why, c.gate.Question(), v.Missing, v.Reason)
			}
		}
	}
}

func must(g gate.Gate, err error) gate.Gate {
	if err != nil {
		panic(err)
	}
	return g
}

// How errors cluster is learnt from stable before a baseline has served anything:
// with errors that come five at a time known, as many prove less.
func TestClustersAreMeasuredAtStableAllTheSame(t *testing.T) {
	t.Parallel()
	odds := func(burst uint64) float64 {
		trial := must(gate.Errors(gate.ErrorsOptions{Regression: ptr(1.5), Against: gate.PeerBaseline})).Begin()
		at := noon
		for i := range uint64(600) {
			e := evidence.Evidence{Start: at, End: at.Add(2 * time.Second), Fresh: at.Add(2 * time.Second)}
			e.Stable = counts(200, 0)
			if i%(2*burst) == 0 {
				e.Stable.Errors = burst
			}
			at = e.End
			trial.Look(e)
		}
		trial.NextStep()
		trial.Look(evidence.Evidence{Start: at, End: at.Add(2 * time.Second), Fresh: at.Add(2 * time.Second), Candidate: counts(100, 20), Baseline: counts(100, 0), Stable: counts(800, 4)})
		return trial.(gate.Weighed).LogE()
	}
	if one, five := odds(1), odds(5); one <= 0 || five > one/2 {
		t.Errorf("evidence of %.2f where errors come alone, %.2f where five at a time", one, five)
	}
}
