package seq

import (
	"encoding/json"
	"fmt"
	"math"
)

// kept is a fortune as JSON: logarithms, null for that of nothing.
type kept struct {
	W    []*float64 `json:"w"`
	Cash *float64   `json:"cash"`
}

// MarshalJSON writes what a test has seen. Its limit and grid are not in it:
// they come from how it was made.
func (f *wealth) MarshalJSON() ([]byte, error) {
	k := kept{Cash: orNull(f.cash)}
	for _, w := range f.w {
		k.W = append(k.W, orNull(w))
	}
	return json.Marshal(k)
}

// UnmarshalJSON puts that into a test that was made in the same way.
func (f *wealth) UnmarshalJSON(data []byte) error {
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	if len(k.W) != len(f.w) {
		return fmt.Errorf("a test with %d alternatives cannot go on with %d", len(f.w), len(k.W))
	}
	for j, w := range k.W {
		f.w[j] = orNothing(w)
	}
	f.cash = orNothing(k.Cash)
	return nil
}

func orNull(log float64) *float64 {
	if math.IsInf(log, -1) {
		return nil
	}
	return &log
}

func orNothing(log *float64) float64 {
	if log == nil {
		return math.Inf(-1)
	}
	return *log
}

// MarshalJSON writes the sums behind an estimate.
func (c Clusters) MarshalJSON() ([]byte, error) {
	return json.Marshal([8]float64{c.n, c.x, c.openN, c.openX, c.lastN, c.lastX, c.pairs, c.squares})
}

// UnmarshalJSON reads them.
func (c *Clusters) UnmarshalJSON(data []byte) error {
	in := [8]float64{}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	c.n, c.x, c.openN, c.openX, c.lastN, c.lastX, c.pairs, c.squares = in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7]
	return nil
}
