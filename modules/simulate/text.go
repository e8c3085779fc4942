package simulate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/headgate-ci/headgate/modules/report"
)

// Text writes a table for each candidate.
func Text(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s rollouts each, seed %d\n", traffic(r), report.Count(uint64(r.Runs)), r.Seed) //nolint:gosec // runs are positive
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "\n%s\n", g.Candidate)
		if err := rows(&b, g); err != nil {
			return err
		}
	}
	b.WriteString("\nshares with their 95% intervals; times are median / 95th percentile, from the candidate's first request\n")
	for _, row := range r.Groups[0].Rows {
		fmt.Fprintf(&b, "  %s: %s\n", row.Rule, row.Settings)
	}
	_, err := io.WriteString(w, b.String())
	return err
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

func rows(w io.Writer, g Group) error {
	// What cannot be written is told by Flush.
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "  rule\trolled back\tafter\tpromoted\tafter\tneither\tfailed requests")
	for _, r := range g.Rows {
		_, _ = fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t%s\t%.0f / %.0f\n", r.Rule, r.RolledBack.words(), r.RollBackSeconds.words(),
			r.Promoted.words(), r.PromoteSeconds.words(), percent(r.Held.Share+r.Undecided.Share), r.FailedRequests.Median, r.FailedRequests.P95)
	}
	return tw.Flush()
}

func (s Share) words() string {
	return fmt.Sprintf("%s (%s–%s)", percent(s.Share), percent(s.Low), percent(s.High))
}

func (s *Spread) words() string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%s / %s", short(s.Median), short(s.P95))
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
