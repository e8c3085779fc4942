package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/report/chart"
)

func errorsOverTime() chart.Chart {
	return chart.Chart{
		Title: "Errors", X: chart.Axis{Max: 90, Seconds: true}, Y: chart.Axis{Format: chart.Percent},
		Marks:  []chart.Mark{{X: 30, Label: "gate 5%"}},
		Limits: []chart.Limit{{Y: 1, Label: "limit", Tone: chart.Bad}},
		Series: []chart.Series{
			{Name: "stable", Tone: chart.Stable, X: []float64{0, 30, 60, 90}, Y: []float64{.1, .2, .1, .1}},
			{Name: "candidate", Tone: chart.Candidate, Style: chart.Area, X: []float64{0, 30, 60, 90}, Y: []float64{math.NaN(), .5, math.NaN(), 4}},
		},
	}
}

// wellFormed reads a drawing as XML and returns its texts.
func wellFormed(t interface{ Fatalf(string, ...any) }, doc string) []string {
	var texts []string
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		if c, ok := token.(xml.CharData); ok {
			texts = append(texts, string(c))
		}
	}
}

func TestADrawingSaysWhatItShows(t *testing.T) {
	t.Parallel()
	all := strings.Join(wellFormed(t, errorsOverTime().SVG(600, 200)), "|")
	for _, want := range []string{"stable", "candidate", "limit", "gate 5%", "1:00", "2%", "0:30 · stable 0.2% · candidate 0.5%"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in the drawing: %s", want, all)
		}
	}
}

func TestAGapIsAGap(t *testing.T) {
	t.Parallel()
	if n := strings.Count(errorsOverTime().SVG(600, 200), "<circle"); n != 2 {
		t.Errorf("%d dots; two points without neighbours are dots, not a line across the gap", n)
	}
}

func TestAFileOfItsOwnHasItsColours(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := errorsOverTime().Write(&b, 600, 200); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String())
	if !strings.HasPrefix(b.String(), "<svg") || !strings.Contains(b.String(), "prefers-color-scheme:dark") {
		t.Error(b.String()[:200])
	}
}

var paths = regexp.MustCompile(` d="[^"]*"`)

var number = regexp.MustCompile(`[MLHV" ](-?[0-9.e+]+|NaN|[+-]Inf)`)

// extremes are where sums, differences and one more end to be what they seem.
var extremes = []float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e300, 1 << 53, 1<<53 + 2, -1 << 60}

// TestAnyDataCanBeDrawn draws numbers of all kinds and texts of all kinds.
func TestAnyDataCanBeDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)), rapid.Just(0.), rapid.SampledFrom(extremes))
		c := chart.Chart{Title: rapid.String().Draw(t, "title"), Y: chart.Axis{Log: rapid.Bool().Draw(t, "log")}, X: chart.Axis{Seconds: rapid.Bool().Draw(t, "seconds")}}
		for range rapid.IntRange(0, 3).Draw(t, "series") {
			n := rapid.IntRange(0, 5).Draw(t, "points")
			s := chart.Series{Name: rapid.String().Draw(t, "name"), Style: chart.Style(rapid.IntRange(0, 3).Draw(t, "style")), Y: rapid.SliceOfN(value, n, n).Draw(t, "y")}
			for i := range n {
				s.X = append(s.X, float64(i))
			}
			c.Series = append(c.Series, s)
		}
		c.Marks = []chart.Mark{{X: rapid.Float64Range(0, 5).Draw(t, "mark"), Label: rapid.String().Draw(t, "label")}}
		doc := c.SVG(400, 160)
		wellFormed(t, doc)
		for _, m := range number.FindAllStringSubmatch(strings.Join(paths.FindAllString(doc, -1), ""), -1) {
			if v, err := strconv.ParseFloat(m[1], 64); err == nil && (math.IsNaN(v) || math.Abs(v) > 1000) {
				t.Fatalf("%s lies outside the drawing: %s", m[1], doc)
			}
		}
	})
}
