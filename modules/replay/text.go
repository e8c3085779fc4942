package replay

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/screen"
)

// Text writes the decisions as a table, and below it why.
func Text(w io.Writer, on screen.Screen, r *Result) error {
	lines := screen.Wrap(fmt.Sprintf("%s: the candidate served %s requests in %s, %s of them failed", r.Record,
		report.Count(r.Requests), clock(r.Seconds), report.Count(r.FailedRequests)), on.Columns())
	if r.Happened != "" {
		lines = append(lines, "what happened: "+outcomeWords(rules.Outcome(r.Happened)))
	}
	lines = append(append(lines, ""), on.Table(table(r.Decisions))...)
	for _, d := range r.Decisions {
		lines = append(append(lines, ""), screen.Wrap(fmt.Sprintf("%s (%s)", d.Rule, d.Settings), on.Columns())...)
		lines = append(lines, on.Note(screen.Note{Label: "  ", Text: d.Reason})...)
		if len(d.Steps) > 1 {
			lines = append(lines, on.Note(screen.Note{Label: "  steps: ", Tone: screen.Faint, Text: steps(d.Steps)})...)
		}
	}
	for _, n := range r.Notes {
		lines = append(append(lines, ""), on.Note(screen.Note{Label: "note: ", Tone: screen.Faint, Text: n})...)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func table(decisions []Decision) screen.Table {
	t := screen.Table{Indent: "  ", Head: []string{"rule", "would have", "after", "failed requests by then", "of"}}
	for _, d := range decisions {
		t.Rows = append(t.Rows, screen.Row{Cells: screen.Cells(d.Rule, wouldHave(d), clock(d.Seconds), report.Count(d.FailedRequests), report.Count(d.Requests))})
	}
	return t
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
