package gate

import "math"

// Parts shares a proof out over the Steps of a Rollout, given their weights in
// percent, growing: the part that each Step must have reached for a pass. The
// last Step that stable still serves in (a weight below 100), and any after it,
// wants all of it, which keeps beta.
//
// Before it, the part grows with the square root of the weight. Equal parts
// would spend nearly all of the time at the smallest weight; parts in proportion
// to the weight would take the same time at each, and let a candidate leave the
// first one after a handful of requests. The root lies between: with weights of
// 1, 5, 25 and 50 a seventh of the proof is wanted at 1%, which nobody who fails
// a tenth of the requests gets past.
func Parts(weights []int) []float64 {
	last := 0
	for _, w := range weights {
		if w < 100 {
			last = w
		}
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = 1
		if w < last && w > 0 {
			out[i] = math.Sqrt(float64(w) / float64(last))
		}
	}
	return out
}
