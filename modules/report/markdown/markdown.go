// Package markdown writes a Result for a GitHub step summary, a GitLab merge
// request note and the like: a headline, what both versions did, and the steps,
// which unfold.
package markdown

import (
	"fmt"
	"io"
	"strings"

	"github.com/headgate-ci/headgate/modules/report"
)

// Write writes the document.
func Write(w io.Writer, r report.Result) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "### %s %s: %s\n\n", emoji(r.Verdict), text(r.Name()), r.Words())
	if r.Reason != "" {
		fmt.Fprintf(b, "**Why:** %s\n\n", prose(r.Reason))
	}
	if now := r.Now(); now != "" && len(r.Steps) > 0 {
		fmt.Fprintf(b, "**As of %s:** %s\n\n", r.Finished.UTC().Format("2006-01-02 15:04:05 UTC"), prose(now))
	}
	if next := r.Todo(); next != "" {
		fmt.Fprintf(b, "**Next:** %s\n\n", prose(next))
	}
	about(b, r)
	sides(b, r)
	steps(b, r)
	for _, warning := range r.Warnings {
		fmt.Fprintf(b, "> ⚠️ %s\n\n", prose(warning))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func emoji(v report.Verdict) string {
	return map[string]string{"✓": "✅", "✗": "❌", "•": "⏸️"}[v.Mark()]
}

func about(b *strings.Builder, r report.Result) {
	var parts []string
	switch {
	case r.To != "":
		parts = append(parts, code(r.From)+" → "+code(r.To))
	case r.From != "":
		parts = append(parts, code(r.From))
	}
	if r.Strategy != "" {
		parts = append(parts, text(r.Strategy))
	}
	parts = append(parts, "took "+report.Seconds(r.Seconds))
	if r.Source != "" {
		parts = append(parts, "measured by "+text(r.Source))
	}
	fmt.Fprintf(b, "%s\n\n", strings.Join(parts, " · "))
}

func sides(b *strings.Builder, r report.Result) {
	if len(r.Versions()) == 0 {
		return
	}
	b.WriteString("| in all | requests | errors | rate | p50 | p90 | p99 |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range r.Versions() {
		l := s.Latency
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", s.Name, report.Count(s.Requests), report.Count(s.Errors), report.Rate(s.ErrorRate), report.Millis(l.P50), report.Millis(l.P90), report.Millis(l.P99))
	}
	b.WriteString("\n")
}

func steps(b *strings.Builder, r report.Result) {
	steps := r.Steps
	if len(steps) == 0 {
		return
	}
	open := ""
	if r.Verdict.ExitCode() != 0 {
		open = " open"
	}
	fmt.Fprintf(b, "<details%s><summary>%d steps</summary>\n\n| | step | took | share | detail |\n|---|---|---:|---:|---|\n", open, len(r.Steps))
	for _, s := range r.Steps {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", status(s.Status), text(s.Name), took(s), share(s), detail(s))
	}
	b.WriteString("\n</details>\n\n")
	for _, s := range steps {
		logs(b, s)
	}
}

// logs is what the container at fault in a step has logged last.
func logs(b *strings.Builder, s report.Step) {
	if len(s.Logs) == 0 {
		return
	}
	fmt.Fprintf(b, "Last lines of the container that kept %s from ending well:\n\n~~~~\n", code(s.Name))
	for _, line := range s.Logs {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(report.Clean(line), "\n", " "), "~~~", "~ ~ ~") + "\n")
	}
	b.WriteString("~~~~\n\n")
}

func status(s report.Status) string {
	switch s {
	case report.Done:
		return "✅"
	case report.Failed:
		return "❌"
	case report.Stopped:
		return "⏹️"
	case report.Undone:
		return "↩️"
	case report.Running:
		return "▶️"
	default:
		return "⚪"
	}
}

func took(s report.Step) string {
	if s.Status == report.Pending {
		return ""
	}
	return report.Seconds(s.Seconds)
}

func share(s report.Step) string {
	if s.ObservedShare == nil {
		return ""
	}
	return fmt.Sprintf("%.1f%%", *s.ObservedShare)
}

func detail(s report.Step) string {
	var parts []string
	if s.Detail != "" {
		parts = append(parts, prose(s.Detail))
	}
	for _, g := range s.Gates {
		parts = append(parts, fmt.Sprintf("**%s %s**: %s", text(g.Name), text(g.Outcome), prose(g.Reason)))
	}
	return strings.Join(parts, "<br>")
}
