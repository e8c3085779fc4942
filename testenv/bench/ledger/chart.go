package ledger

import (
	"fmt"
	"io"
	"math"
	"text/template"
)

// bar is one of the chart's.
type bar struct {
	X, Y, W, H float64
	Colour     string
	Label      string
	Title      string
}

type tick struct {
	Y     float64
	Label string
}

type group struct {
	X     float64
	Label string
}

// picture is what the template draws.
type picture struct {
	Width, Height float64
	Left, Right   float64
	Title         string
	Bars          []bar
	Ticks         []tick
	Groups        []group
	Legend        []bar
}

// Measures of the chart, in pixels.
const (
	left, top, plot, foot = 60, 40, 280, 70
	barWidth, gap         = 16, 26
)

var colours = []string{"#0b7a75", "#e3a008", "#9061f9", "#b45309", "#5521b5"}

// Chart draws the bad answers that callers got, on a logarithmic scale, for each
// bad candidate and each entrant, at one rate.
func (l *Ledger) Chart(w io.Writer, rate float64, order Order) error {
	entrants, names := l.at(rate), append(l.Candidates(Borderline, rate, order), l.Candidates(Bad, rate, order)...)
	decades := 1.0
	for _, e := range entrants {
		for _, n := range names {
			decades = max(decades, math.Ceil(math.Log10(l.Cell(e, n, rate).Median(BadOf)+1)))
		}
	}
	pic := picture{Height: top + plot + foot, Left: left, Title: fmt.Sprintf("Bad answers that callers got until the decision, at %g requests a second (median, logarithmic)", rate)}
	step := float64(len(entrants))*barWidth + gap
	for i, name := range names {
		x := left + gap/2 + float64(i)*step
		pic.Groups = append(pic.Groups, group{x + step/2 - gap/2, name})
		for j, e := range entrants {
			if b, ok := barOf(l.Cell(e, name, rate), decades); ok {
				b.X, b.Colour = x+float64(j)*barWidth, colours[j%len(colours)]
				b.Title = fmt.Sprintf("%s, candidate %s: %s", e.Name(), name, b.Label)
				pic.Bars = append(pic.Bars, b)
			}
		}
	}
	pic.Width = max(left+float64(len(names))*step+20, 760)
	pic.Right = pic.Width - 20
	for d := 0.0; d <= decades; d++ {
		pic.Ticks = append(pic.Ticks, tick{top + plot*(1-d/decades), fmt.Sprintf("%.0f", math.Pow(10, d))})
	}
	for j, e := range entrants {
		pic.Legend = append(pic.Legend, bar{X: left + float64(j)*140, Y: top + plot + 45, Colour: colours[j%len(colours)], Label: e.Name()})
	}
	return drawing.Execute(w, pic)
}

// barOf is a cell's bar: one bad answer or none has no height.
func barOf(c Cell, decades float64) (bar, bool) {
	if len(c.Runs) == 0 {
		return bar{}, false
	}
	value := c.Median(BadOf)
	h := max(plot*math.Log10(max(value, 1))/decades, 1)
	return bar{Y: top + plot - h, W: barWidth - 2, H: h, Label: fmt.Sprintf("%.0f", value)}, true
}

var drawing = template.Must(template.New("chart").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ .Width }} {{ .Height }}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="{{ .Left }}" y="20" font-size="13" fill="#222222">{{ .Title }}</text>
{{- range .Ticks }}
<line x1="{{ $.Left }}" x2="{{ $.Right }}" y1="{{ .Y }}" y2="{{ .Y }}" stroke="#dddddd"/>
<text x="52" y="{{ .Y }}" dy="4" text-anchor="end" fill="#555555">{{ .Label }}</text>
{{- end }}
{{- range .Bars }}
<rect x="{{ .X }}" y="{{ .Y }}" width="{{ .W }}" height="{{ .H }}" fill="{{ .Colour }}"><title>{{ .Title }}</title></rect>
<text x="{{ .X }}" y="{{ .Y }}" dx="7" dy="-3" font-size="8" text-anchor="middle" fill="#333333">{{ .Label }}</text>
{{- end }}
{{- range .Groups }}
<text x="{{ .X }}" y="340" text-anchor="middle" fill="#222222">{{ .Label }}</text>
{{- end }}
{{- range .Legend }}
<rect x="{{ .X }}" y="{{ .Y }}" width="10" height="10" fill="{{ .Colour }}"/>
<text x="{{ .X }}" y="{{ .Y }}" dx="15" dy="9" fill="#222222">{{ .Label }}</text>
{{- end }}
</svg>
`))
