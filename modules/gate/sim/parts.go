package sim

// Parts shares a proof out among the steps of a rollout by the requests that
// each has had the chance to serve by its end, if all last equally long: a step
// of 1% is not asked for what it would take an hour to prove. The last step gets
// the whole, which keeps beta; at a weight of 1 (all requests) a comparison with
// stable learns nothing, so the step before it gets the whole too.
func Parts(weights []float64) []float64 {
	last := len(weights) - 1
	for last > 0 && weights[last] >= 1 {
		last--
	}
	var sum, all float64
	for _, w := range weights[:last+1] {
		all += w
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		sum += w
		out[i] = min(sum/all, 1)
	}
	return out
}
