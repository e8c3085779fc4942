package seq

import "math"

// wealth is a fortune spread over the alternatives of a grid, in logarithms so
// that neither a thousand errors nor a million requests overflow it.
type wealth struct {
	prior []float64 // log of the share first given to each alternative
	w     []float64 // log of what each has become
	cash  float64   // log of what is kept back for later steps
}

// newWealth spreads all but the reserve (0 to below 1) in proportion to the
// weights.
func newWealth(weights []float64, reserve float64) wealth {
	sum := 0.
	for _, v := range weights {
		sum += v
	}
	f := wealth{prior: make([]float64, len(weights)), w: make([]float64, len(weights)), cash: math.Log(reserve)}
	for j, v := range weights {
		f.prior[j] = math.Log(v / sum)
		f.w[j] = f.prior[j] + math.Log1p(-reserve)
	}
	return f
}

// LogE is the logarithm of the e-value so far; 0 before the first look.
func (f *wealth) LogE() float64 {
	top := f.cash
	for _, w := range f.w {
		top = math.Max(top, w)
	}
	if math.IsInf(top, -1) {
		return top
	}
	sum := math.Exp(f.cash - top)
	for _, w := range f.w {
		sum += math.Exp(w - top)
	}
	return top + math.Log(sum)
}

// Restart takes the fortune back to where it began. That is no fair bet: it is for
// a fortune that only holds another one back.
func (f *wealth) Restart() {
	f.cash = math.Log(aboveReserve)
	for j, p := range f.prior {
		f.w[j] = p + math.Log1p(-aboveReserve)
	}
}

// Renew spreads half of the reserve anew, as the first bet was: a candidate
// that turns bad later is then found without first earning back what was lost
// while it was good.
func (f *wealth) Renew() {
	f.cash -= math.Ln2
	for j := range f.w {
		f.w[j] = logAdd(f.w[j], f.prior[j]+f.cash)
	}
}

// Cap gives away whatever the fortune has above exp(logE). Giving away is
// always fair; it makes a test bring new evidence before it can decide again.
func (f *wealth) Cap(logE float64) {
	over := f.LogE() - logE
	if !(over > 0) {
		return
	}
	f.cash -= over
	for j := range f.w {
		f.w[j] -= over
	}
}

// until is the smallest n at which LogE reaches target when alternative j grows
// by slope[j] a unit; +Inf if it never does.
func (f *wealth) until(target float64, slope []float64) float64 {
	reached := func(n float64) bool {
		sum := math.Exp(f.cash - target)
		for j, w := range f.w {
			sum += math.Exp(w + n*slope[j] - target)
		}
		return sum >= 1
	}
	low, high := 0., 1.
	for !reached(high) {
		if low, high = high, 2*high; high > 1e15 {
			return math.Inf(1)
		}
	}
	if reached(0) {
		return 0
	}
	for range 60 {
		if mid := (low + high) / 2; reached(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return math.Ceil(high - 1e-6)
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// LogMean is the logarithm of the mean of e-values given by their logarithms.
// The mean of e-values is an e-value, whatever their dependence.
func LogMean(logE ...float64) float64 {
	sum := math.Inf(-1)
	for _, e := range logE {
		sum = logAdd(sum, e)
	}
	return sum - math.Log(float64(len(logE)))
}

// LogMix is the logarithm of the mean of two e-values given by theirs, of which
// the second has a part (0 to 1).
func LogMix(first, second, part float64) float64 {
	return logAdd(first+math.Log1p(-part), second+math.Log(part))
}
