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

// keptClusters is an estimate as JSON.
type keptClusters struct {
	Open     [3]float64          `json:"open"`
	By       [widths][13]float64 `json:"by"`
	Episodes keptEpisodes        `json:"episodes"`
}

type keptEpisodes struct {
	Calm  [3]float64   `json:"calm"`
	Run   [3]float64   `json:"run"`
	Area  float64      `json:"area,omitempty"`
	Held  [][3]float64 `json:"held,omitempty"`
	Quiet [][3]float64 `json:"quiet,omitempty"`
	// Sums are the count, the length, the areas and their squares.
	Sums [4]float64 `json:"sums"`
}

// MarshalJSON writes the sums behind an estimate.
func (c Clusters) MarshalJSON() ([]byte, error) {
	k := keptClusters{Open: [3]float64{c.openN, c.openX, c.openSpan}, Episodes: c.episodes.kept()}
	for i, w := range c.by {
		k.By[i] = [13]float64{w.n, w.x, w.open.n, w.open.x, w.open.span, w.last[0].n, w.last[0].x, w.last[0].span, w.last[1].n, w.last[1].x, w.last[1].span, w.pairs, w.squares}
	}
	return json.Marshal(k)
}

// UnmarshalJSON reads them. An older record is one list, of the shortest windows.
func (c *Clusters) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return c.short(data)
	}
	var k keptClusters
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	c.openN, c.openX, c.openSpan = k.Open[0], k.Open[1], k.Open[2]
	for i, in := range k.By {
		c.by[i] = windows{n: in[0], x: in[1], open: window{in[2], in[3], in[4]}, last: [2]window{{in[5], in[6], in[7]}, {in[8], in[9], in[10]}}, pairs: in[11], squares: in[12]}
	}
	c.episodes = k.Episodes.episodes()
	return nil
}

func (c *Clusters) short(data []byte) error {
	var in [8]float64
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*c = Clusters{openN: in[2], openX: in[3]}
	c.by[0] = windows{n: in[0], x: in[1], last: [2]window{{in[4], in[5], 1}}, pairs: in[6], squares: in[7]}
	c.episodes.calm = window{in[0], in[1], 1}
	return nil
}

func (e *Episodes) kept() keptEpisodes {
	k := keptEpisodes{Calm: e.calm.list(), Run: e.run.list(), Area: e.area, Sums: [4]float64{e.count, e.length, e.areas, e.squares}}
	for _, w := range e.held[:e.back] {
		k.Held = append(k.Held, w.list())
	}
	for _, w := range e.quiet[:e.still] {
		k.Quiet = append(k.Quiet, w.list())
	}
	return k
}

func (k keptEpisodes) episodes() Episodes {
	e := Episodes{calm: listed(k.Calm), run: listed(k.Run), area: k.Area, count: k.Sums[0], length: k.Sums[1], areas: k.Sums[2], squares: k.Sums[3]}
	e.back, e.still = min(len(k.Held), len(e.held)), min(len(k.Quiet), len(e.quiet))
	for i := range e.back {
		e.held[i] = listed(k.Held[i])
	}
	for i := range e.still {
		e.quiet[i] = listed(k.Quiet[i])
	}
	return e
}

func (w window) list() [3]float64 { return [3]float64{w.n, w.x, w.span} }

func listed(l [3]float64) window { return window{l[0], l[1], l[2]} }
