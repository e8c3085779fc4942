package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/seq"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// The gate as a Release has it, with nothing said of clusters and stable watched
// until it has had some 300 errors, needs on average at most twice the errors
// that no test can do without.
func TestErrorsUntilTheGateDecides(t *testing.T) {
	t.Parallel()
	const margin = 1.5
	n := min(runs(60), 400)
	g := errorsGate(t, gate.ErrorsOptions{Regression: ptr(margin)})
	worst := 0.
	for _, share := range []float64{.01, .1, .5} {
		for _, worse := range []float64{2, 3, 5, 10, 30, 100} {
			total := 0.
			for seed := range uint64(n) {
				total += errorsUntilFail(g, share, worse*margin, seed)
			}
			least := seq.LeastErrors(gate.DefaultAlpha, share, worse*margin, margin)
			mean := total / float64(n)
			worst = max(worst, mean/least)
			what := fmt.Sprintf("share %v, %v times worse than allowed: %.1f errors until the decision, %.1f is the least (%.2f times)", share, worse, mean, least, mean/least)
			t.Log(what)
			if mean > 2*least {
				t.Error(what)
			}
		}
	}
	t.Logf("at most %.2f times the least", worst)
}

// errorsUntilFail plays a candidate that fails ratio times as often as stable,
// until the gate says so. Looks are short enough to stop within an error of it.
func errorsUntilFail(g gate.Gate, share, ratio float64, seed uint64) (errors float64) {
	const rate = .001
	w := sim.NewWorld(sim.Traffic{PerSecond: 1000, Stable: sim.Version{Errors: rate}, Candidate: sim.Version{Errors: ratio * rate}}, seed)
	trial := g.Begin()
	trial.(gate.Terse).Terse()
	for range 300 {
		trial.Look(w.Window(0, time.Second))
	}
	trial.NextStep()
	look := time.Duration(float64(500*time.Millisecond) / (share*ratio + 1 - share))
	for {
		delta := w.Window(share, look)
		errors += float64(delta.Candidate.Errors + delta.Stable.Errors)
		if trial.Look(delta).Outcome == gate.Fail {
			return errors
		}
	}
}
