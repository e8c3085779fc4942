package gate_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// everyGate is each kind of gate by each method.
func everyGate(t testing.TB) (out []gate.Gate) {
	t.Helper()
	for _, p := range []gate.Promise{{Method: gate.Fixed}, {Method: gate.Sequential}, {Method: gate.Sequential, Cluster: 1}} {
		e, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Regression: ptr(1.5), Promise: p})
		if err != nil {
			t.Fatal(err)
		}
		l, err := gate.Latency(gate.LatencyOptions{Quantile: .99, Max: ptr(250 * time.Millisecond), Regression: ptr(1.5), Promise: p})
		if err != nil {
			t.Fatal(err)
		}
		q, err := gate.Query(gate.QueryOptions{PromQL: "up", Min: ptr(0.), Max: ptr(1.), Promise: p})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e, l, q)
	}
	return out
}

var sizes = rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, 20), rapid.Uint64Range(0, 1e6), rapid.Just(uint64(math.MaxUint64)), rapid.Uint64())

func anyCounts(t *rapid.T, side string) evidence.Counts {
	c := counts(sizes.Draw(t, side+" requests"), sizes.Draw(t, side+" errors"))
	if rapid.Bool().Draw(t, side+" timed") {
		c.Latency = timed(sizes.Draw(t, side+" total"), sizes.Draw(t, side+" 100"), sizes.Draw(t, side+" 250"), sizes.Draw(t, side+" 500")).Latency
	}
	return c
}

func anyLook(t *rapid.T) evidence.Evidence {
	e := look(anyCounts(t, "candidate"), anyCounts(t, "stable"))
	e.Fresh = e.End.Add(-time.Duration(rapid.IntRange(0, 200).Draw(t, "age")) * time.Second)
	value := rapid.OneOf(rapid.Just(math.NaN()), rapid.Just(math.Inf(1)), rapid.Float64()).Draw(t, "value")
	e.Values = map[string]evidence.Value{"query": {Value: value, At: e.Fresh, OK: rapid.Bool().Draw(t, "ok")}}
	return e
}

// Whatever a source serves, a Verdict is one of three, its progress is a part,
// its sentence is about numbers, and what is inconclusive says what is missing.
func TestAnyEvidenceGivesAVerdict(t *testing.T) {
	t.Parallel()
	gates := everyGate(t)
	rapid.Check(t, func(t *rapid.T) {
		var trials []gate.Trial
		for _, g := range gates {
			trials = append(trials, g.Begin())
		}
		for range rapid.IntRange(1, 6).Draw(t, "looks") {
			e, step := anyLook(t), rapid.Bool().Draw(t, "new step")
			for i, trial := range trials {
				if step {
					trial.NextStep()
				}
				checkVerdict(t, gates[i], trial.Look(e))
			}
		}
	})
}

func checkVerdict(t *rapid.T, g gate.Gate, v gate.Verdict) {
	switch v.Outcome {
	case gate.Pass, gate.Fail, gate.Inconclusive:
	default:
		t.Fatalf("%s: outcome %q", g.Question(), v.Outcome)
	}
	if !(v.Progress >= 0 && v.Progress <= 1) {
		t.Fatalf("%s: progress %v", g.Question(), v.Progress)
	}
	if v.Gate != g.Name() || v.Reason == "" || strings.Contains(v.Reason, "NaN") {
		t.Fatalf("%s: %+v", g.Question(), v)
	}
	if (v.Outcome == gate.Inconclusive) != (v.Missing != "") {
		t.Fatalf("%s: %s, missing %q", g.Question(), v.Outcome, v.Missing)
	}
}
