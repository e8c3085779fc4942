package proving

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Dice are the chances of one rollout.
type Dice struct{ *rand.Rand }

// throw gives the dice of a cell's nth rollout, the same every time.
func throw(cell string, n int) Dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(cell))
	var seed [32]byte
	for i, v := range []uint64{h.Sum64(), uint64(n)} { //nolint:gosec // a number of a rollout is not negative
		binary.LittleEndian.PutUint64(seed[8*i:], v)
	}
	return Dice{rand.New(rand.NewChaCha8(seed))} //nolint:gosec // played dice, not secrets
}

// manyEvents is from how many expected events on a count is drawn as a rounded
// normal.
const manyEvents = 60

// Poisson is how many events happen where mean are expected.
func (d Dice) Poisson(mean float64) int {
	if mean > manyEvents {
		return max(int(math.Round(mean+math.Sqrt(mean)*d.NormFloat64())), 0)
	}
	n := 0
	for t := d.ExpFloat64(); t < mean; t += d.ExpFloat64() {
		n++
	}
	return n
}

// Of is how many of n happen if each does with probability p.
func (d Dice) Of(n int, p float64) int {
	switch mean := float64(n) * p; {
	case n <= 0 || p <= 0:
		return 0
	case p > .5:
		return n - d.Of(n, 1-p)
	case mean*(1-p) > manyEvents:
		return min(max(int(math.Round(mean+math.Sqrt(mean*(1-p))*d.NormFloat64())), 0), n)
	}
	x, miss := 0, math.Log1p(-p)
	for at := d.gap(miss); at <= n; at += d.gap(miss) {
		x++
	}
	return x
}

// gap is the number of tries up to the next success; miss is the logarithm of a
// failure's probability.
func (d Dice) gap(miss float64) int { return 1 + int(min(-d.ExpFloat64()/miss, 1e9)) }

// Lognormal has a median of 1.
func (d Dice) Lognormal(sd float64) float64 { return math.Exp(sd * d.NormFloat64()) }
