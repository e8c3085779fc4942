package gate

// Parts shares a proof out among the Steps of a Rollout, whose weights (0 to 1)
// grow: the part that each Step must have reached for a pass (see Pacer). It
// goes by the requests that the candidate has had the chance to serve by the end
// of a Step if each lasts in proportion to its weight. A Step of 1% is there for
// what shows in a few requests: how many a bad version serves until it is found
// depends on its errors and hardly on its weight, so waiting at small weights
// for what large ones prove soon would protect nobody. The last Step that stable
// still serves in, and one of all requests after it, wants the whole, which keeps
// beta.
func Parts(weights []float64) []float64 {
	last := len(weights) - 1
	for last > 0 && weights[last] >= 1 {
		last--
	}
	var sum, all float64
	for i := 0; i <= last; i++ {
		all += weights[i] * weights[i]
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		sum += w * w
		out[i] = 1
		if i < last && all > 0 {
			out[i] = min(sum/all, 1)
		}
	}
	return out
}
