package seq

import "math"

// Shares tests a rate against m times a baseline's by whose the errors of a bin
// are: of T errors of both in the bin x are the candidate's. If it fails at most
// m times as often, each of T errors is the candidate's with probability at most
// p₀ = n·m/(n·m + N), whether they come one by one or T at a time; so x/T, which
// is between 0 and 1, has mean at most p₀, and
//
//	1 + λ(x/T − p₀),  0 ≤ λ < 1/p₀,
//
// is a fair bet (Waudby-Smith and Ramdas, arXiv 2010.09686; see also arXiv
// 2112.09162). It needs no size of clusters, only that bins are independent and
// that both versions' errors come in the same way. λp₀ is spread over a grid.
type Shares struct {
	wealth
	m    float64
	part []float64 // λ·p₀
}

// SharesAbove bets that the rate is above m times the baseline's. m is above 0.
func SharesAbove(m float64) *Shares {
	part := []float64{.05, .1, .2, .35, .5, .65, .8, .9, .96}
	weights := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}
	return &Shares{wealth: newWealth(weights, aboveReserve), m: m, part: part}
}

// Look adds a whole bin. It takes no power: however many errors there are, it
// is one bet.
func (t *Shares) Look(c Counts, _ float64) {
	x := math.Min(c.X, c.N)
	all := x + math.Min(c.BaseX, c.BaseN)
	if !(c.N > 0) || !(c.BaseN > 0) || !(all > 0) {
		return
	}
	even := (c.N*t.m + c.BaseN) / (c.N * t.m) // 1/p₀
	for j, part := range t.part {
		t.w[j] += math.Log1p(part * (x/all*even - 1))
	}
}

// Until is +Inf: what speaks against a candidate is not waited for.
func (t *Shares) Until(float64, Counts, float64) float64 { return math.Inf(1) }
