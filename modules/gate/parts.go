package gate

// Parts shares a proof out among the Steps of a Rollout, whose weights (0 to 1)
// grow: the part that each Step must have reached for a pass of these gates (see
// Pacer). It goes by the requests that the candidate has had the chance to serve
// by the end of a Step if each lasts in proportion to its weight. A Step of 1% is
// there for what shows in a few requests: how many a bad version serves until it
// is found depends on its errors and hardly on its weight, so waiting at small
// weights for what large ones prove soon would protect nobody.
//
// The last Step wants the whole, which keeps beta. A comparison learns nothing
// where the other version has no traffic left: with one among the gates the last
// Step below a weight of 1 wants the whole, too.
func Parts(weights []float64, gates ...Gate) []float64 {
	last := len(weights) - 1
	for last > 0 && weights[last] >= 1 && compare(gates) {
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

// compare says whether any of the gates compares the two versions.
func compare(gates []Gate) bool {
	for _, g := range gates {
		if c, ok := g.(interface{ compares() bool }); ok && c.compares() {
			return true
		}
	}
	return false
}

func (g seqErrors) compares() bool    { return g.o.Regression != nil }
func (g fixedErrors) compares() bool  { return g.o.Regression != nil }
func (g seqLatency) compares() bool   { return g.o.Regression != nil }
func (g fixedLatency) compares() bool { return g.o.Regression != nil }
