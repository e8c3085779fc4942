package chart

import (
	"fmt"
	"strings"
)

// maxHints bounds how many places of a drawing tell their values, for the size
// of the page.
const maxHints = 120

// series draws one series: its runs of usable points, and single points as dots.
func (d *frame) series(b *strings.Builder, s Series) {
	for _, r := range runs(s) {
		if len(r) == 1 && s.Style != Stairs {
			fmt.Fprintf(b, `<circle class="hg-dot hg-%s" cx="%.1f" cy="%.1f" r="2.5"/>`, s.Tone, d.x(s.X[r[0]]), d.y(s.Y[r[0]]))
			continue
		}
		path := d.path(s, r)
		if s.Style == Area {
			fmt.Fprintf(b, `<path class="hg-area hg-%s" d="%sV%.1fH%.1fZ"/>`, s.Tone, path, d.bottom, d.x(s.X[r[0]]))
		}
		fmt.Fprintf(b, `<path class="%s" d="%s"/>`, classes(s), path)
	}
}

// runs are the indices of points that follow each other without a gap.
func runs(s Series) [][]int {
	var out [][]int
	open := false
	for i := range min(len(s.X), len(s.Y)) {
		if !usable(s.X[i]) || !usable(s.Y[i]) {
			open = false
			continue
		}
		if !open {
			out, open = append(out, nil), true
		}
		out[len(out)-1] = append(out[len(out)-1], i)
	}
	return out
}

func (d *frame) path(s Series, run []int) string {
	var b strings.Builder
	for n, i := range run {
		x, y := d.x(s.X[i]), d.y(s.Y[i])
		switch {
		case n == 0:
			fmt.Fprintf(&b, "M%.1f %.1f", x, y)
		case s.Style == Stairs:
			fmt.Fprintf(&b, "H%.1fV%.1f", x, y)
		default:
			fmt.Fprintf(&b, "L%.1f %.1f", x, y)
		}
	}
	return b.String()
}

// hints are invisible columns that tell the values under the pointer, which a
// browser does without a script.
func (d *frame) hints(b *strings.Builder) {
	var at []float64
	for _, s := range d.Series {
		if len(s.X) > len(at) {
			at = s.X
		}
	}
	step := max((len(at)+maxHints-1)/maxHints, 1)
	for i := 0; i < len(at); i += step {
		from, to := d.left, d.right
		if i >= step {
			from = (d.x(at[i-step]) + d.x(at[i])) / 2
		}
		if i+step < len(at) {
			to = (d.x(at[i]) + d.x(at[i+step])) / 2
		}
		fmt.Fprintf(b, `<rect class="hg-hint" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`, from, d.top, max(to-from, 0), d.bottom-d.top, escape(d.hint(at[i])))
	}
}

// hint is what the series say at x.
func (d *frame) hint(x float64) string {
	parts := []string{d.X.format(x)}
	for _, s := range d.Series {
		last := -1
		for i := range min(len(s.X), len(s.Y)) {
			if s.X[i] <= x {
				last = i
			}
		}
		if last >= 0 && usable(s.Y[last]) && s.Name != "" {
			parts = append(parts, s.Name+" "+d.Y.format(s.Y[last]))
		}
	}
	return strings.Join(parts, " · ")
}
