package sim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The promises are counted on these draws, so they had better be binomial.
func TestBinomialHasItsMeanAndVariance(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	const draws = 20000
	for _, c := range []struct {
		n uint64
		p float64
	}{{10, .3}, {1000, .001}, {1000, .05}, {60000, .1}, {500, .9}, {7, 1}, {7, 0}, {0, .5}} {
		var sum, squares float64
		for range draws {
			k := binomial(rng, c.n, c.p)
			if k > c.n {
				t.Fatalf("%d successes of %d", k, c.n)
			}
			sum += float64(k)
			squares += float64(k) * float64(k)
		}
		mean, variance := float64(c.n)*c.p, float64(c.n)*c.p*(1-c.p)
		got := sum / draws
		if math.Abs(got-mean) > 4*math.Sqrt(variance/draws)+1e-12 {
			t.Errorf("n %d p %v: mean %v, want %v", c.n, c.p, got, mean)
		}
		if v := squares/draws - got*got; math.Abs(v-variance) > .06*variance+1e-9 {
			t.Errorf("n %d p %v: variance %v, want %v", c.n, c.p, v, variance)
		}
	}
}
