package proving

import "math"

// Bounds are the Clopper-Pearson bounds of a probability, of which k of n tries
// were seen: in all but (1−level) of such statements it lies between them.
func Bounds(k, n int, level float64) (low, high float64) {
	tail := (1 - level) / 2
	low, high = 0, 1
	if k > 0 {
		low = bisect(func(p float64) bool { return 1-atMost(k-1, n, p) < tail })
	}
	if k < n {
		high = bisect(func(p float64) bool { return atMost(k, n, p) > tail })
	}
	return low, high
}

// bisect is where a condition that holds from 0 on ends, between 0 and 1.
func bisect(holds func(p float64) bool) float64 {
	low, high := 0., 1.
	for range 60 {
		if p := (low + high) / 2; holds(p) {
			low = p
		} else {
			high = p
		}
	}
	return low
}

// atMost is the probability of k successes or fewer in n tries.
func atMost(k, n int, p float64) float64 {
	sum := 0.
	all, _ := math.Lgamma(float64(n + 1))
	for i := range k + 1 {
		a, _ := math.Lgamma(float64(i + 1))
		b, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(all - a - b + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(sum, 1)
}
