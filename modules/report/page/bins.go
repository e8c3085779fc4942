package page

import (
	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

// bin is some neighbouring looks taken together, so that a rate has requests
// enough behind it to be read.
type bin struct {
	x      float64
	weight int
	seen   evidence.Evidence
}

// bins joins looks of one weight until each covers a sixtieth of the whole.
func bins(all report.Timeline, at []float64) []bin {
	if len(all) == 0 {
		return nil
	}
	width := at[len(at)-1] / 60
	var out []bin
	from := 0.
	for i, p := range all {
		n := len(out)
		if n == 0 || out[n-1].weight != p.Weight || at[i]-from > width {
			out, from = append(out, bin{weight: p.Weight}), at[max(i-1, 0)]
			n++
		}
		b := &out[n-1]
		b.x, b.seen = at[i], b.seen.Add(p.Evidence())
	}
	return out
}
