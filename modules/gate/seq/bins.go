package seq

import "math"

// Bins tests a rate against a fixed limit by whether a look had any bad trial,
// however many: errors that come together count as one, of whatever size the
// cluster is. With a rate of at most s, a look of n trials has one with
// probability at most n·s (Markov's inequality), so the bet is that of a coin
// against that bound, over the grid of rates θ that Limit has: of independent
// trials at θ, a look has a bad one with probability 1 − (1−θ)^n. Looks with so
// many trials that n·s reaches 1 tell nothing and are not bet on.
type Bins struct {
	wealth
	s     float64
	rates []float64
}

// BinsAbove bets that the rate is above s (0 to 1, both excluded). Its e-value
// is fair while the rate is at most s.
func BinsAbove(s float64) *Bins {
	factors, weights := above()
	t := &Bins{wealth: newWealth(weights, aboveReserve), s: s}
	for _, f := range factors {
		t.rates = append(t.rates, f*s/(1-s+f*s)) // f times the odds
	}
	return t
}

// almostSure keeps a bet from losing all it has.
const almostSure = 1 - 1e-9

// Look adds what was seen since the look before. It takes no power: a cluster
// is one already.
func (t *Bins) Look(c Counts, _ float64) {
	most := c.N * t.s
	if !(most > 0 && most < almostSure) {
		return
	}
	for j, rate := range t.rates {
		p := min(max(-math.Expm1(c.N*math.Log1p(-rate)), most), almostSure)
		if c.X > 0 {
			t.w[j] += math.Log(p / most)
		} else {
			t.w[j] += math.Log((1 - p) / (1 - most))
		}
	}
}

// Until is +Inf: what speaks against a candidate is not waited for.
func (t *Bins) Until(float64, Counts, float64) float64 { return math.Inf(1) }
