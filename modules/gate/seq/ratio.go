package seq

import "math"

// Ratio tests a rate θ against a baseline's ϑ, both unknown, with the limit
// mϑ + δ: see the package comment for the bet and why it is fair. The split
// between the two may change with every look.
type Ratio struct {
	wealth
	m, delta float64
	r        []float64 // alternatives: the candidate's rate as a multiple of ϑ
	log      []float64 // log(r/m)
	slope    []float64
}

// RatioAbove bets that θ > mϑ + δ. Its e-value is fair while θ ≤ mϑ + δ. m is
// above 0, δ is not negative.
func RatioAbove(m, delta float64) *Ratio {
	factors, weights := above()
	return newRatio(m, delta, factors, weights, aboveReserve)
}

// RatioBelow bets that θ < mϑ + δ. Its e-value is fair while θ ≥ mϑ + δ. m is
// above 0, δ is not negative; with δ = 0 it gains only by errors of the
// baseline, so it can be slow.
func RatioBelow(m, delta float64) *Ratio {
	factors, weights := below()
	return newRatio(m, delta, factors, weights, 0)
}

func newRatio(m, delta float64, factors, weights []float64, reserve float64) *Ratio {
	t := &Ratio{wealth: newWealth(weights, reserve), m: m, delta: delta, slope: make([]float64, len(factors))}
	for _, f := range factors {
		t.r = append(t.r, m*f)
		t.log = append(t.log, math.Log(f))
	}
	return t
}

// Look adds what was seen since the look before, raised to the power eta (1, or
// 1/k for errors in clusters of k). A look in which one side served nothing
// tells nothing of a ratio and changes nothing.
func (t *Ratio) Look(c Counts, eta float64) {
	if !(c.N > 0) || !(c.BaseN > 0) {
		return
	}
	x := eta * math.Min(c.X, c.N)
	all := x + eta*math.Min(c.BaseX, c.BaseN)
	for j := range t.w {
		shrink := (c.N*t.m + c.BaseN) / (c.N*t.r[j] + c.BaseN) // B; A is shrink·r/m
		t.w[j] -= eta * c.N * t.delta * (shrink*t.r[j]/t.m - 1)
		if all > 0 {
			t.w[j] += all * math.Log(shrink)
		}
		if x > 0 { // 0 · log 0 is 0 here
			t.w[j] += x * t.log[j]
		}
	}
}

// SetDelta changes δ for the looks to come. It may depend on all that was seen
// before them.
func (t *Ratio) SetDelta(delta float64) { t.delta = delta }

// Until is how many more good candidate trials bring LogE to target, at the
// split of the counts given and without any baseline errors; +Inf if none do.
func (t *Ratio) Until(target float64, c Counts, eta float64) float64 {
	if !(c.N > 0) || !(c.BaseN > 0) {
		return math.Inf(1)
	}
	for j := range t.slope {
		shrink := (c.N*t.m + c.BaseN) / (c.N*t.r[j] + c.BaseN)
		t.slope[j] = eta * t.delta * (1 - shrink*t.r[j]/t.m)
	}
	return t.until(target, t.slope)
}
