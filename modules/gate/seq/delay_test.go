package seq_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// Nobody can decide on fewer errors than LeastErrors on average; the mixture
// knows nothing of the candidate beforehand and takes at most half as many again.
func TestErrorsUntilADecision(t *testing.T) {
	t.Parallel()
	const runs, alpha, m = 400, .01, 1.5
	for _, share := range []float64{.01, .1, .5} {
		for _, worse := range []float64{2, 3, 5, 10, 30, 100} {
			least := seq.LeastErrors(alpha, share, worse*m, m)
			if mean := meanErrors(runs, alpha, share, worse*m, m); mean > 1.5*least {
				t.Errorf("share %v, %v times worse than allowed: %.1f errors until the decision, %.1f is the least", share, worse, mean, least)
			}
		}
	}
}

func meanErrors(runs int, alpha, share, ratio, m float64) float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	p := share * ratio / (share*ratio + 1 - share) // an error is the candidate's
	total := 0
	for range runs {
		test := seq.RatioAbove(m, 0)
		for test.LogE() < -math.Log(alpha) {
			c := seq.Counts{N: share * 1000, BaseN: (1 - share) * 1000, BaseX: 1}
			if rng.Float64() < p {
				c.X, c.BaseX = 1, 0
			}
			test.Look(c, 1)
			total++
		}
	}
	return float64(total) / float64(runs)
}
