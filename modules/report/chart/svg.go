package chart

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// The measures of a drawing in its own units, which are pixels where it is not
// scaled.
const (
	fontSize   = 12
	letter     = 7.4 // the width of a letter, on the safe side
	legendLine = 20
	markLine   = 15
	axisBottom = 26
	padRight   = 12
	// padLeft has charts with short labels line up below each other.
	padLeft = 58
)

// SVG draws the chart as an element to be put into a page that has CSS in its
// style. Text keeps its size, so a narrow drawing has fewer ticks and not
// smaller ones.
func (c Chart) SVG(width, height int) string {
	d := c.frame(float64(width), float64(height))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hg-chart" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, height, width, height, escape(c.Title))
	d.legend(&b)
	d.grid(&b)
	d.marks(&b)
	for _, s := range c.Series {
		d.series(&b, s)
	}
	d.limits(&b)
	d.hints(&b)
	b.WriteString(`</svg>`)
	return b.String()
}

// Write writes the drawing as a file of its own, with its style in it.
func (c Chart) Write(w io.Writer, width, height int) error {
	drawn := c.SVG(width, height)
	at := strings.IndexByte(drawn, '>') + 1
	_, err := io.WriteString(w, drawn[:at]+"<style>"+CSS+"</style><rect class=\"hg-paper\" width=\"100%\" height=\"100%\"/>"+drawn[at:]+"\n")
	return err
}

// frame is the chart with its place on the paper.
type frame struct {
	Chart
	width                    float64
	left, right, top, bottom float64
	rows                     [][]Series // the legend's
}

func (c Chart) frame(width, height float64) *frame {
	var xs, ys []float64
	for _, s := range c.Series {
		xs, ys = append(xs, s.X...), append(ys, s.Y...)
	}
	for _, l := range c.Limits {
		ys = append(ys, l.Y)
	}
	d := &frame{Chart: c, width: width}
	d.X, d.Y = c.X.fitted(xs), c.Y.fitted(ys)
	d.rows = legendRows(c.Series, width)
	longest := 0
	for _, t := range d.Y.ticks(d.yTicks(height)) {
		longest = max(longest, utf8.RuneCountInString(d.Y.format(t)))
	}
	d.left, d.right = max(float64(longest)*letter+10, padLeft), width-padRight
	d.top, d.bottom = float64(len(d.rows))*legendLine+8, height-axisBottom
	if d.labelled() {
		d.top += markLine
	}
	return d
}

func (d *frame) yTicks(height float64) int { return max(int(height/50), 2) }

func (d *frame) labelled() bool {
	for _, m := range d.Marks {
		if m.Label != "" {
			return true
		}
	}
	return false
}

func (d *frame) x(v float64) float64 { return d.left + d.X.at(v)*(d.right-d.left) }
func (d *frame) y(v float64) float64 { return d.bottom - d.Y.at(v)*(d.bottom-d.top) }

// legendRows breaks the names into rows that fit.
func legendRows(all []Series, width float64) [][]Series {
	var rows [][]Series
	x := width
	for _, s := range all {
		if s.Name == "" {
			continue
		}
		w := legendWidth(s)
		if x+w > width {
			rows, x = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], s)
		x += w
	}
	return rows
}

func legendWidth(s Series) float64 { return float64(utf8.RuneCountInString(s.Name))*letter + 42 }

func (d *frame) legend(b *strings.Builder) {
	for i, row := range d.rows {
		x, y := 2., float64(i)*legendLine+12
		for _, s := range row {
			fmt.Fprintf(b, `<path class="%s" d="M%.1f %.1fh20"/><text class="hg-name" x="%.1f" y="%.1f">%s</text>`, classes(s), x, y-4, x+26, y, escape(s.Name))
			x += legendWidth(s)
		}
	}
}

func (d *frame) grid(b *strings.Builder) {
	for _, t := range d.Y.ticks(d.yTicks(d.bottom + axisBottom)) {
		y := d.y(t)
		fmt.Fprintf(b, `<path class="hg-grid" d="M%.1f %.1fH%.1f"/><text class="hg-tick" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, d.left, y, d.right, d.left-6, y+4, escape(d.Y.format(t)))
	}
	last := -1e9
	for _, t := range d.X.ticks(max(int((d.right-d.left)/80), 2)) {
		label := d.X.format(t)
		x, half := d.x(t), float64(utf8.RuneCountInString(label))*letter/2
		if x-half < last+4 || x+half > d.width {
			continue
		}
		last = x + half
		fmt.Fprintf(b, `<text class="hg-tick" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, d.bottom+17, escape(label))
	}
}

// marks draws every mark, and each label that has room before the next mark.
func (d *frame) marks(b *strings.Builder) {
	for i, m := range d.Marks {
		x, room := d.x(m.X), d.width
		fmt.Fprintf(b, `<path class="hg-mark" d="M%.1f %.1fV%.1f"/>`, x, d.top, d.bottom)
		if i+1 < len(d.Marks) {
			room = d.x(d.Marks[i+1].X)
		}
		if m.Label != "" && x+float64(utf8.RuneCountInString(m.Label))*letter <= room {
			fmt.Fprintf(b, `<text class="hg-tick" x="%.1f" y="%.1f">%s</text>`, x, d.top-4, escape(m.Label))
		}
	}
}

func (d *frame) limits(b *strings.Builder) {
	for _, l := range d.Limits {
		y := d.y(l.Y)
		fmt.Fprintf(b, `<path class="hg-limit hg-%s" d="M%.1f %.1fH%.1f"/>`, l.Tone, d.left, y, d.right)
		at := y - 5
		if at < d.top+fontSize {
			at = y + fontSize + 2
		}
		fmt.Fprintf(b, `<text class="hg-label hg-%s" x="%.1f" y="%.1f">%s</text>`, l.Tone, d.left+4, at, escape(l.Label))
	}
}

// escape makes a text fit for SVG in HTML and in XML, which has no control
// characters.
func escape(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, s))
}

func classes(s Series) string {
	style := map[Style]string{Dashed: " hg-dashed", Area: " hg-edge"}[s.Style]
	return "hg-line hg-" + string(s.Tone) + style
}
