package seq

import "math"

// Excess tests a rate against a fixed limit by bins of which each counts at most
// c bad trials, however many there are. With a rate of at most s a bin of n
// trials has n·s of them on average, in clusters of any size, and no more than
// that if a part of them is not counted; so
//
//	1 + λ(min(x, c) − n·s),  0 ≤ λ < 1/(n·s),
//
// is a fair bet (Waudby-Smith and Ramdas, arXiv 2010.09686). c and λ
// are spread over a grid: c from 1, which asks only whether a bin has any, to
// all of them; λ is (r−1)/c, the best for a small bin of a rate of r times the
// limit, as far as λn·s leaves something to go on with.
type Excess struct {
	wealth
	s      float64
	lambda []float64
	cap    []float64
}

// excessMost is the largest part of the fortune that an empty bin may take.
const excessMost = .9

// ExcessAbove bets that the rate is above s (0 to 1, both excluded).
func ExcessAbove(s float64) *Excess {
	t := &Excess{s: s}
	var weights []float64
	for _, c := range []float64{1, 2, 4, 8, 16, 32, 64, math.Inf(1)} {
		for _, r := range []float64{1.6, 2.5, 5, 12, 50} {
			t.cap = append(t.cap, c)
			t.lambda = append(t.lambda, (r-1)/math.Min(c, 64))
			weights = append(weights, 1)
		}
	}
	t.wealth = newWealth(weights, aboveReserve)
	return t
}

// Look adds a whole bin. It takes no power.
func (t *Excess) Look(c Counts, _ float64) {
	mean, x := c.N*t.s, math.Min(c.X, c.N)
	if !(mean > 0) {
		return
	}
	for j, most := range t.cap {
		t.w[j] += math.Log1p(math.Min(t.lambda[j], excessMost/mean) * (math.Min(x, most) - mean))
	}
}

// Until is +Inf: what speaks against a candidate is not waited for.
func (t *Excess) Until(float64, Counts, float64) float64 { return math.Inf(1) }
