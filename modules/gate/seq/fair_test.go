package seq_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// chance is the probability of x successes of n.
func chance(n, x int, p float64) float64 {
	ln, _ := math.Lgamma(float64(n + 1))
	lx, _ := math.Lgamma(float64(x + 1))
	ly, _ := math.Lgamma(float64(n - x + 1))
	return math.Exp(ln - lx - ly + float64(x)*math.Log(p) + float64(n-x)*math.Log1p(-p))
}

type tester interface {
	Look(c seq.Counts, eta float64)
	LogE() float64
}

func eValue(t tester, eta float64, looks ...seq.Counts) float64 {
	for _, c := range looks {
		t.Look(c, eta)
	}
	return math.Exp(t.LogE())
}

// Every outcome of 40 trials is summed: a bet against a true limit has mean 1.
func TestBetsAgainstALimitAreFairExactly(t *testing.T) {
	t.Parallel()
	const n = 40
	for _, s := range []float64{.0001, .01, .1, .5, .9} {
		for side, make := range map[string]func(float64) *seq.Limit{"above": seq.LimitAbove, "below": seq.LimitBelow} {
			mean := 0.
			for x := range n + 1 {
				mean += chance(n, x, s) * eValue(make(s), 1, seq.Counts{N: n, X: float64(x)})
			}
			if math.Abs(mean-1) > 1e-6 {
				t.Errorf("%s %v: mean %v", side, s, mean)
			}
		}
	}
}

// Every outcome of two small samples is summed: the bet on a ratio has mean at
// most 1 at the limit, for errors as common as one likes, and close to 1 when
// they are rare, so that nothing is given away.
func TestBetsAgainstStableAreFairExactly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, base     int
		m, delta    float64
		rate        float64 // of the baseline
		least, most float64
	}{
		{5, 20, 1, 0, .001, .98, 1},
		{5, 20, 1.5, 0, .001, .98, 1},
		{20, 5, 1.5, 0, .001, .98, 1},
		{5, 20, 3, 0, .3, 0, 1},
		{10, 10, 1.5, 0, .6, 0, 1},
		{10, 10, 1.5, .005, .001, .98, 1},
		{5, 20, 1, .1, .05, .5, 1},
		{10, 10, 1, .05, .9, 0, 1},
	} {
		for side, make := range map[string]func(m, d float64) *seq.Ratio{"above": seq.RatioAbove, "below": seq.RatioBelow} {
			t.Run(fmt.Sprintf("%s %+v", side, c), func(t *testing.T) {
				t.Parallel()
				mean := 0.
				for x := range c.n + 1 {
					for y := range c.base + 1 {
						e := eValue(make(c.m, c.delta), 1, seq.Counts{N: float64(c.n), X: float64(x), BaseN: float64(c.base), BaseX: float64(y)})
						mean += e * chance(c.n, x, c.m*c.rate+c.delta) * chance(c.base, y, c.rate)
					}
				}
				if mean > c.most+1e-9 || mean < c.least {
					t.Errorf("mean %v, want %v to %v", mean, c.least, c.most)
				}
			})
		}
	}
}

// Errors that come three at a time would make the plain bet unfair; its cube
// root is fair again.
func TestTemperingMakesClusteredErrorsFair(t *testing.T) {
	t.Parallel()
	const n, k, s = 20, 3, .01
	mean := func(eta float64) (sum float64) {
		for x := range n + 1 {
			sum += chance(n, x, s) * eValue(seq.LimitAbove(s), eta, seq.Counts{N: n * k, X: float64(x * k)})
		}
		return sum
	}
	if plain := mean(1); plain < 2 {
		t.Errorf("the plain bet gains %v on clusters: this test shows nothing", plain)
	}
	if tempered := mean(1. / k); math.Abs(tempered-1) > 1e-9 {
		t.Errorf("tempered: mean %v", tempered)
	}
}
