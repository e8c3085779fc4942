package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rules"
)

// Text writes the decisions as a table, and below it why.
func Text(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the candidate served %s requests in %s, %s of them failed\n", r.Record,
		report.Count(r.Requests), clock(r.Seconds), report.Count(r.FailedRequests))
	if r.Happened != "" {
		fmt.Fprintf(&b, "what happened: %s\n", outcomeWords(rules.Outcome(r.Happened)))
	}
	b.WriteByte('\n')
	if err := table(&b, r.Decisions); err != nil {
		return err
	}
	for _, d := range r.Decisions {
		fmt.Fprintf(&b, "\n%s (%s)\n  %s\n", d.Rule, d.Settings, d.Reason)
		if len(d.Steps) > 1 {
			fmt.Fprintf(&b, "  steps: %s\n", steps(d.Steps))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\nnote: %s", n)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

func table(w io.Writer, decisions []Decision) error {
	// What cannot be written is told by Flush.
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "  rule\twould have\tafter\tfailed requests by then\tof")
	for _, d := range decisions {
		_, _ = fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\n", d.Rule, wouldHave(d), clock(d.Seconds), report.Count(d.FailedRequests), report.Count(d.Requests))
	}
	return tw.Flush()
}

func wouldHave(d Decision) string {
	if d.Outcome == rules.Undecided {
		return "not decided"
	}
	return outcomeWords(d.Outcome)
}

func outcomeWords(o rules.Outcome) string {
	switch o {
	case rules.RolledBack:
		return "rolled back"
	case rules.Undecided:
		return "undecided"
	default:
		return string(o)
	}
}

func steps(all []StepDecision) string {
	var out []string
	for _, s := range all {
		word := map[rules.Outcome]string{rules.Promoted: "passed", rules.RolledBack: "failed"}[s.Outcome]
		if word == "" {
			word = "not decided"
		}
		out = append(out, fmt.Sprintf("%s %s after %s", stepName(s.Weight), word, clock(s.Seconds)))
	}
	return strings.Join(out, ", ")
}

// clock writes seconds as 3.2s, 47s or 6m0s.
func clock(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
