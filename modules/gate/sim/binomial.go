package sim

import (
	"math"
	"math/rand/v2"
)

// binomial draws the number of successes of n trials of probability p.
func binomial(rng *rand.Rand, n uint64, p float64) uint64 {
	switch {
	case n == 0 || !(p > 0):
		return 0
	case p >= 1:
		return n
	case p > .5:
		return n - binomial(rng, n, 1-p)
	case float64(n)*p < 10:
		return byGaps(rng, n, p)
	default:
		return byRejection(rng, float64(n), p)
	}
}

// byGaps jumps from success to success: the gaps are geometric.
func byGaps(rng *rand.Rand, n uint64, p float64) uint64 {
	var k uint64
	at, scale := 0., math.Log1p(-p)
	for {
		at += math.Floor(math.Log(1-rng.Float64())/scale) + 1
		if at > float64(n) {
			return k
		}
		k++
	}
}

// byRejection is BTRS of W. Hörmann, "The generation of binomial random
// variates", J. Stat. Comput. Simul. 46 (1993); for np of at least 10.
func byRejection(rng *rand.Rand, n, p float64) uint64 {
	spq := math.Sqrt(n * p * (1 - p))
	b := 1.15 + 2.53*spq
	a := -.0873 + .0248*b + .01*p
	c := n*p + .5
	vr := .92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spq
	odds := math.Log(p / (1 - p))
	mode := math.Floor((n + 1) * p)
	h := lfact(mode) + lfact(n-mode)
	for {
		u, v := rng.Float64()-.5, rng.Float64()
		us := .5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if k < 0 || k > n {
			continue
		}
		if us >= .07 && v <= vr {
			return uint64(k)
		}
		if math.Log(v*alpha/(a/(us*us)+b)) <= h-lfact(k)-lfact(n-k)+(k-mode)*odds {
			return uint64(k)
		}
	}
}

func lfact(k float64) float64 {
	v, _ := math.Lgamma(k + 1)
	return v
}
