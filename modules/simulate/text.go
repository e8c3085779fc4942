package simulate

import (
	"fmt"
	"io"
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/screen"
)

// Text writes a table for each candidate, with the intervals and the slowest cases
// below each rule.
func Text(w io.Writer, on screen.Screen, r *Result) error {
	lines := screen.Wrap(fmt.Sprintf("%s; %s rollouts each, seed %d", traffic(r), report.Count(uint64(r.Runs)), r.Seed), on.Columns()) //nolint:gosec // runs are positive
	for _, g := range r.Groups {
		lines = append(append(lines, "", on.Paint(screen.Strong, g.Candidate)), on.Table(table(g))...)
	}
	lines = append(lines, "", "95%: intervals of the shares, and the 95th percentile of times and requests;", "times are from the candidate's first request, and medians where one is given")
	for _, row := range r.Groups[0].Rows {
		lines = append(lines, on.Note(screen.Note{Label: "  · ", Tone: screen.Faint, Text: fmt.Sprintf("%s: %s", row.Rule, row.Settings)})...)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func table(g Group) screen.Table {
	t := screen.Table{Indent: "  ", Head: []string{"rule", "rolled back", "after", "promoted", "after", "failed"}}
	for _, r := range g.Rows {
		t.Rows = append(t.Rows, screen.Row{
			Cells: screen.Cells(r.Rule, percent(r.RolledBack.Share), r.RollBackSeconds.median(), percent(r.Promoted.Share), r.PromoteSeconds.median(), fmt.Sprintf("%.0f", r.FailedRequests.Median)),
			Below: []screen.Note{{Label: "    ", Text: extremes(r)}},
		})
	}
	return t
}

// extremes are a row's intervals and its 95th percentiles.
func extremes(r Row) string {
	parts := []string{"95%: rolled back " + r.RolledBack.interval() + r.RollBackSeconds.latest(), "promoted " + r.Promoted.interval() + r.PromoteSeconds.latest(),
		fmt.Sprintf("failed %.0f", r.FailedRequests.P95)}
	if neither := r.Held.Share + r.Undecided.Share; neither > 0 {
		parts = append(parts, percent(neither)+" neither")
	}
	return strings.Join(parts, "; ")
}

func traffic(r *Result) string {
	out := fmt.Sprintf("%v requests/s, stable fails %s", r.RequestsPerSecond, percent(r.StableErrors))
	if r.Cluster > 1 {
		out += fmt.Sprintf(", %d errors at a time", r.Cluster)
	}
	if r.HistorySeconds > 0 {
		out += fmt.Sprintf(", stable watched for %s before", seconds(r.HistorySeconds))
	}
	return out
}

func (s Share) words() string { return fmt.Sprintf("%s (%s)", percent(s.Share), s.interval()) }

func (s Share) interval() string { return percent(s.Low) + "–" + percent(s.High) }

func (s *Spread) words() string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%s / %s", short(s.Median), short(s.P95))
}

func (s *Spread) median() string {
	if s == nil {
		return "–"
	}
	return short(s.Median)
}

func (s *Spread) latest() string {
	if s == nil {
		return ""
	}
	return " in " + short(s.P95)
}

func short(v float64) string {
	if v < 120 {
		return fmt.Sprintf("%.0f s", v)
	}
	return fmt.Sprintf("%.1f min", v/60)
}

func percent(share float64) string {
	p := 100 * share
	switch {
	case p == 0 || p == 100 || p >= 9.95 && p < 99:
		return fmt.Sprintf("%.0f%%", p)
	case p < .1:
		return fmt.Sprintf("%.2g%%", p)
	default:
		return fmt.Sprintf("%.1f%%", p)
	}
}
