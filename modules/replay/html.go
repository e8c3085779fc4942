package replay

import (
	"fmt"
	"io"
	"math"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
	"github.com/headgate-ci/headgate/modules/report/sheet"
	"github.com/headgate-ci/headgate/modules/rules"
)

// HTML writes the replay as a page with charts.
func HTML(w io.Writer, r *Result) error {
	page := sheet.Sheet{
		Title: "What each rule would have decided",
		About: []string{fmt.Sprintf("%s: the candidate served %s requests in %s, %s of them failed.", r.Record,
			report.Count(r.Requests), clock(r.Seconds), report.Count(r.FailedRequests))},
		Sections: []sheet.Section{decisions(r), failures(r), shares(r)},
	}
	if r.Happened != "" {
		page.About = append(page.About, "What happened: "+outcomeWords(rules.Outcome(r.Happened))+".")
	}
	page.About = append(page.About, r.Notes...)
	return sheet.Write(w, page)
}

func decisions(r *Result) sheet.Section {
	s := sheet.Section{Head: []string{"", "would have", "after", "failed requests by then", "of"}}
	for _, d := range r.Decisions {
		s.Rows = append(s.Rows, []string{d.Rule, wouldHave(d), clock(d.Seconds), report.Count(d.FailedRequests), report.Count(d.Requests)})
		words := d.Settings + " — " + d.Reason
		if len(d.Steps) > 1 {
			words += "; " + steps(d.Steps)
		}
		s.Notes = append(s.Notes, sheet.Note{Name: d.Rule, Words: words})
	}
	return s
}

// failures is the harm over time, with a mark at each decision.
func failures(r *Result) sheet.Section {
	line := chart.Series{Name: "failed requests of the candidate", Tone: chart.Bad, Style: chart.Area}
	for _, m := range r.Curve {
		line.X, line.Y = append(line.X, m.Seconds), append(line.Y, float64(m.FailedRequests))
	}
	return sheet.Section{
		Title: "Failed requests", About: "The candidate's since its first request; marks are the decisions.",
		Chart: &chart.Chart{Title: "failed requests of the candidate over time", X: chart.Axis{Seconds: true}, Y: atLeastOne(line.Y), Series: []chart.Series{line}, Marks: marks(r)},
	}
}

// shares is the candidate's part of the traffic over time.
func shares(r *Result) sheet.Section {
	line := chart.Series{Name: "share of the requests", Tone: chart.Candidate, Style: chart.Stairs}
	for _, m := range r.Curve {
		share := math.NaN()
		if m.Share != nil {
			share = *m.Share
		}
		line.X, line.Y = append(line.X, m.Seconds), append(line.Y, share)
	}
	return sheet.Section{
		Title: "Traffic", About: "The candidate's measured part of the requests, as it was then.",
		Chart: &chart.Chart{Title: "the candidate's share over time", X: chart.Axis{Seconds: true}, Y: chart.Axis{Max: 100, Format: chart.Percent}, Series: []chart.Series{line}, Marks: marks(r)},
	}
}

func marks(r *Result) (out []chart.Mark) {
	for _, d := range r.Decisions {
		if d.Outcome == rules.Undecided {
			continue
		}
		at := 0
		for at < len(out) && out[at].X <= d.Seconds {
			at++
		}
		out = append(out[:at], append([]chart.Mark{{X: d.Seconds, Label: d.Rule}}, out[at:]...)...)
	}
	return out
}

// atLeastOne keeps a flat line of zeros at the bottom of the chart.
func atLeastOne(values []float64) chart.Axis {
	for _, v := range values {
		if v > 0 {
			return chart.Axis{}
		}
	}
	return chart.Axis{Max: 1}
}
