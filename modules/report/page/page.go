// Package page writes a Result as one HTML file with charts. The file needs
// nothing beside it: no script, no font, no address. It follows the reader's
// light or dark scheme and can be read on a phone.
package page

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
)

//go:embed page.html
var source string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": report.Count, "rate": report.Rate, "millis": report.Millis, "seconds": report.Seconds, "clean": report.Clean,
	"when":  func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") },
	"share": percent, "prose": prose, "chip": chipOf,
}).Parse(source))

// Figure is a drawing with its words, in a wide and a narrow form.
type Figure struct {
	Title, About, Detail string
	Wide, Narrow         template.HTML
}

// Write writes the page.
func Write(w io.Writer, r report.Result) error {
	figures := make([]Figure, 0, 4)
	for _, f := range figuresOf(r) {
		figures = append(figures, Figure{Title: f.title, About: f.about, Detail: f.detail,
			Wide: drawn(f.chart, 860, f.height), Narrow: drawn(f.chart, 350, f.height)})
	}
	err := page.Execute(w, map[string]any{
		"R": r, "Tone": tone(r.Verdict), "Figures": figures, "Seen": seen(r), "Untried": len(r.Timeline) > 0 && !tried(r.Timeline),
		"Style": template.CSS(chart.CSS + style), //nolint:gosec // both are our own constants
	})
	if err != nil {
		return fmt.Errorf("write the report's page: %w", err)
	}
	return nil
}

// seen is when the Result was as it is.
func seen(r report.Result) time.Time {
	if r.Finished.IsZero() {
		return r.Started
	}
	return r.Finished
}

// drawn is safe: chart escapes every text in it.
func drawn(c chart.Chart, width, height int) template.HTML {
	return template.HTML(c.SVG(width, height)) //nolint:gosec // see above
}

// tone is the colour of a verdict.
func tone(v report.Verdict) string {
	switch v.ExitCode() {
	case 0:
		return "good"
	case 1, 3:
		return "bad"
	default:
		return "wait"
	}
}

// Chip is a gate's last answer in two words.
type Chip struct{ Mark, Name, Words, Class string }

func chipOf(g report.Gate) Chip {
	c := Chip{Mark: "?", Name: report.Clean(g.Name), Words: "undecided", Class: "wait"}
	switch g.Outcome {
	case "pass":
		c.Mark, c.Words, c.Class = "✓", "passed", "good"
	case "fail":
		c.Mark, c.Words, c.Class = "✗", "failed", "bad"
	}
	return c
}

// prose is a text in which what our own texts put in backquotes is code.
func prose(text string) template.HTML {
	parts := strings.Split(report.Clean(text), "`")
	var b strings.Builder
	for i, p := range parts {
		code := i%2 == 1 && i < len(parts)-1
		switch {
		case code:
			b.WriteString("<code>" + html.EscapeString(p) + "</code>")
		case i%2 == 1: // it is never closed
			b.WriteString("`" + html.EscapeString(p))
		default:
			b.WriteString(html.EscapeString(p))
		}
	}
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped
}

func percent(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.1f%%", *v)
}
