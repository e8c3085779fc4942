package seq

import "math"

// The grid of alternatives "this many times the limit", from 1.3 to 300 times.
// Near the limit, where a decision takes many errors and the likelihood is
// narrow, it gets a little more of the fortune. The numbers were chosen so that
// the mean number of errors until a decision is at most 1.5 times LeastErrors
// for candidates twice to a hundred times as bad as allowed, at any split.
const (
	aboveFrom   = 1.3
	aboveTo     = 300.
	abovePoints = 25
	// aboveTilt is how the weight falls with the factor; 0 would be flat.
	aboveTilt = .1
	// aboveReserve is the part kept back for later steps (see Renew).
	aboveReserve = .1
)

func above() (factors, weights []float64) {
	step := math.Log(aboveTo/aboveFrom) / (abovePoints - 1)
	for j := range abovePoints {
		f := aboveFrom * math.Exp(step*float64(j))
		factors = append(factors, f)
		weights = append(weights, math.Pow(f, -aboveTilt))
	}
	return factors, weights
}

// The grid of alternatives "this part of the limit". A good candidate has next
// to no errors, so most of the fortune bets on that; the rest keeps a test going
// after some errors.
func below() (factors, weights []float64) {
	return []float64{0, .03, .1, .2, .35, .5, .7, .85},
		[]float64{.35, .15, .13, .11, .09, .08, .05, .04}
}
