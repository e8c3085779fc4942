package seq

import "math"

// CleanTrials is how many trials without a single bad one it takes to certify a
// rate below limit at error probability beta, if one bets on none at all: the
// smallest n with (1−limit)^n ≤ beta. A test that also allows for some bad ones
// needs a few more (LimitBelow(limit).Until).
func CleanTrials(limit, beta float64) float64 {
	return math.Ceil(math.Log(beta)/math.Log1p(-limit) - 1e-9)
}

// Divergence is the Kullback–Leibler divergence of a coin with probability p
// from one with q, in nats: what one toss is worth to a test of q when p is true.
func Divergence(p, q float64) float64 {
	return term(p, q) + term(1-p, 1-q)
}

func term(p, q float64) float64 {
	if p == 0 {
		return 0
	}
	return p * math.Log(p/q)
}

// LeastErrors is the number of errors, of both versions together, that no test
// at level alpha can do with less of on average, when the candidate (share of
// the requests: 0 to 1) fails ratio times as often as the baseline and m times
// is allowed: log(1/alpha) / KL (Wald).
func LeastErrors(alpha, share, ratio, m float64) float64 {
	p := share * ratio / (share*ratio + 1 - share)
	q := share * m / (share*m + 1 - share)
	return math.Log(1/alpha) / Divergence(p, q)
}
