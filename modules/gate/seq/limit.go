package seq

import (
	"math"
	"slices"
)

// Counts are what a look adds: of N trials of the candidate X were bad, of
// BaseN of the baseline BaseX. Tests against a fixed limit do not read the
// baseline.
type Counts struct{ N, X, BaseN, BaseX float64 }

// Limit tests a rate against a fixed limit, by the exact likelihood ratio of
// independent trials: Π (θ/s)^x ((1−θ)/(1−s))^(n−x) over a grid of θ, spaced in
// odds.
type Limit struct {
	wealth
	bad, good []float64 // log factor of a bad and of a good trial
	slope     []float64
}

// LimitAbove bets that the rate is above s (0 to 1, both excluded). Its e-value
// is fair while the rate is at most s.
func LimitAbove(s float64) *Limit {
	factors, weights := above()
	return newLimit(s, factors, weights, aboveReserve)
}

// LimitBelow bets that the rate is below s (0 to 1, both excluded). Its e-value
// is fair while the rate is at least s.
func LimitBelow(s float64) *Limit {
	factors, weights := below()
	return newLimit(s, factors, weights, 0)
}

func newLimit(s float64, factors, weights []float64, reserve float64) *Limit {
	t := &Limit{wealth: newWealth(weights, reserve), slope: make([]float64, len(factors))}
	for _, f := range factors {
		rest := 1 - s + f*s // the odds are f·s/(1−s), so θ = f·s/rest
		t.bad = append(t.bad, math.Log(f)-math.Log(rest))
		t.good = append(t.good, -math.Log(rest))
	}
	return t
}

// Look adds what was seen since the look before, raised to the power eta (1, or
// 1/k for errors in clusters of k).
func (t *Limit) Look(c Counts, eta float64) {
	x := math.Min(c.X, c.N)
	good := eta * (c.N - x)
	x *= eta
	for j := range t.w {
		t.w[j] += good * t.good[j]
		if x > 0 { // 0 · log 0 is 0 here
			t.w[j] += x * t.bad[j]
		}
	}
}

// Until is how many more good trials bring LogE to target; +Inf if none do.
func (t *Limit) Until(target float64, _ Counts, eta float64) float64 {
	for j := range t.slope {
		t.slope[j] = eta * t.good[j]
	}
	return t.until(target, t.slope)
}

// After is the test with what was seen since added, and the test itself as it was.
func (t *Limit) After(c Counts, eta float64) *Limit {
	out := *t
	out.w = slices.Clone(t.w)
	out.slope = slices.Clone(t.slope)
	out.Look(c, eta)
	return &out
}
