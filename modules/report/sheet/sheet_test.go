package sheet_test

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/report/chart"
	"github.com/headgate-ci/headgate/modules/report/sheet"
)

func TestWhateverIsInItStaysText(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert("x")</script>`
	var b strings.Builder
	err := sheet.Write(&b, sheet.Sheet{Title: evil, About: []string{evil}, Sections: []sheet.Section{{
		Title: evil, About: evil, Head: []string{evil}, Rows: [][]string{{evil, evil}}, Notes: []sheet.Note{{Name: evil, Words: evil}},
		Chart: &chart.Chart{Title: evil, Series: []chart.Series{{Name: evil, Tone: chart.Good, X: []float64{1, 2}, Y: []float64{1, 2}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script") || !strings.Contains(b.String(), "&lt;script&gt;") {
		t.Error("text has become markup")
	}
	for _, want := range []string{"<svg", "<table>", "prefers-color-scheme"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
}
