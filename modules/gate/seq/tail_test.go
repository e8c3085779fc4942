package seq_test

import (
	"math"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// A candidate as slow as allowed: no more of its requests are slow than of the
// baseline's at the lower bound, or no more than the fixed share. Over every outcome
// of a look the bet has mean at most 1.
func TestBetsOnATailAreFairWhereEitherShareAllowsIt(t *testing.T) {
	t.Parallel()
	const n, base = 20, 60
	for reason, c := range map[string]struct{ rate, baseline, share float64 }{
		"as many as the baseline":          {.1, .1, .01},
		"fewer than the fixed share":       {.05, .001, .05},
		"fewer than both":                  {.02, .1, .05},
		"nearly all, as with the baseline": {.9, .9, .01},
	} {
		for name, make := range map[string]func(float64) *seq.Tail{"trials": seq.TailAbove, "looks": seq.TailBins} {
			mean := 0.
			for x := range n + 1 {
				for y := range base + 1 {
					test := make(c.share)
					test.Beside(base, float64(y))
					test.Look(seq.Counts{N: n, X: float64(x)}, 1)
					mean += chance(n, x, c.rate) * chance(base, y, c.baseline) * math.Exp(test.LogE())
				}
			}
			if mean > 1+1e-9 {
				t.Errorf("%s, by %s: mean %v", reason, name, mean)
			}
		}
	}
}

func TestATailThatIsLongerThanBothIsFound(t *testing.T) {
	t.Parallel()
	test := seq.TailAbove(.01)
	for range 10 {
		test.Beside(900, 9)
		test.Look(seq.Counts{N: 100, X: 10}, 1)
	}
	if test.LogE() < math.Log(1e6) {
		t.Errorf("ten times as many slow requests: odds of only 1 in %.0f", math.Exp(test.LogE()))
	}
}
