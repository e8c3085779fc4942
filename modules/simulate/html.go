package simulate

import (
	"fmt"
	"io"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/chart"
	"github.com/headgate-ci/headgate/modules/report/sheet"
)

// HTML writes a page with a chart and a table for each candidate.
func HTML(w io.Writer, r *Result) error {
	page := sheet.Sheet{
		Title: "Who decides how soon, and at what cost",
		About: []string{fmt.Sprintf("%s; %s simulated rollouts each, seed %d.", traffic(r), report.Count(uint64(r.Runs)), r.Seed)}, //nolint:gosec // runs are positive
	}
	for _, g := range r.Groups {
		page.Sections = append(page.Sections, section(g))
	}
	settings := sheet.Section{Title: "The rules"}
	for _, row := range r.Groups[0].Rows {
		settings.Notes = append(settings.Notes, sheet.Note{Name: row.Rule, Words: row.Settings})
	}
	page.Sections = append(page.Sections, settings)
	return sheet.Write(w, page)
}

// looks are how the rules are told apart in a chart, in their order.
var looks = []struct {
	tone  chart.Tone
	style chart.Style
}{{chart.Good, chart.Stairs}, {chart.Stable, chart.Stairs}, {chart.Bad, chart.Stairs}, {chart.Candidate, chart.Stairs}, {chart.Quiet, chart.Stairs}}

func section(g Group) sheet.Section {
	s := sheet.Section{
		Title: g.Candidate, About: "Times and failed requests are median / 95th percentile, shares have their 95% interval.",
		Head: []string{"", "rolled back", "after", "promoted", "after", "neither", "failed requests"},
	}
	c := chart.Chart{
		Title: "share of the rollouts that were rolled back by a time",
		X:     chart.Axis{Log: true, Format: short}, Y: chart.Axis{Max: 1, Format: func(v float64) string { return chart.Percent(100 * v) }},
	}
	for i, row := range g.Rows {
		s.Rows = append(s.Rows, []string{row.Rule, row.RolledBack.words(), row.RollBackSeconds.words(), row.Promoted.words(), row.PromoteSeconds.words(),
			percent(row.Held.Share + row.Undecided.Share), fmt.Sprintf("%.0f / %.0f", row.FailedRequests.Median, row.FailedRequests.P95)})
		if line, ok := found(row, i); ok {
			c.Series = append(c.Series, line)
		}
	}
	if len(c.Series) > 0 && g.Rows[0].RolledBack.Share > .5 {
		s.Chart, s.About = &c, "The chart: which share of the rollouts had been rolled back by a time. "+s.About
	}
	return s
}

// found is the curve of one rule; false where nothing was rolled back.
func found(row Row, i int) (chart.Series, bool) {
	look := looks[i%len(looks)]
	out := chart.Series{Name: row.Rule, Tone: look.tone, Style: look.style}
	if len(row.Found) == 0 {
		return out, false
	}
	first := max(row.Found[0].Seconds, .1)
	out.X, out.Y = []float64{min(1, first/2), first}, []float64{0, 0}
	for _, m := range row.Found {
		out.X, out.Y = append(out.X, max(m.Seconds, .1)), append(out.Y, m.Share)
	}
	return out, true
}
