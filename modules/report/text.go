package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Text writes the result for a person.
func Text(w io.Writer, r Result) error {
	p := &printer{w: w}
	p.line("%s %s: %s", r.Verdict.Mark(), r.Name(), r.Verdict.Words())
	if r.Reason != "" {
		p.line("  why      %s", r.Reason)
	}
	if r.Next != "" {
		p.line("  next     %s", r.Next)
	}
	switch {
	case r.To != "":
		p.line("  version  %s → %s", orDash(r.From), r.To)
	case r.From != "":
		p.line("  version  %s", r.From)
	}
	p.line("  took     %s, measured by %s", Seconds(r.Seconds), orDash(r.Source))
	p.line("")
	p.sides(r.Versions())
	p.line("")
	p.steps(r.Steps)
	for _, s := range r.Warnings {
		p.line("  warning  %s", s)
	}
	return p.err
}

// JSON writes v as one indented document.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, strings.TrimRight(format, " ")+"\n", args...)
	}
}

func (p *printer) table(rows [][]string) {
	if p.err != nil {
		return
	}
	tw := tabwriter.NewWriter(p.w, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		if _, p.err = fmt.Fprintln(tw, "  "+strings.Join(row, "\t")); p.err != nil {
			return
		}
	}
	p.err = tw.Flush()
}

func (p *printer) sides(all []Version) {
	if len(all) == 0 {
		return
	}
	rows := [][]string{{"", "requests", "errors", "rate", "p50", "p90", "p99"}}
	for _, s := range all {
		l := s.Latency
		rows = append(rows, []string{s.Name, Count(s.Requests), Count(s.Errors), Rate(s.ErrorRate), Millis(l.P50), Millis(l.P90), Millis(l.P99)})
	}
	p.table(rows)
}

func (p *printer) steps(steps []Step) {
	rows := [][]string{{"step", "status", "took", "share", "detail"}}
	pending := 0
	for _, s := range steps {
		if s.Status == Pending {
			pending++
			continue
		}
		rows = append(rows, []string{s.Name, string(s.Status), Seconds(s.Seconds), shareOf(s), Detail(s)})
	}
	p.table(rows)
	if pending > 0 {
		p.line("  %d more steps were not begun", pending)
	}
}

func shareOf(s Step) string {
	if s.ObservedShare == nil {
		return ""
	}
	return fmt.Sprintf("%.1f%%", *s.ObservedShare)
}

// Detail is what is known of a step in one line, with its gates' answers.
func Detail(s Step) string {
	if len(s.Gates) == 0 {
		return s.Detail
	}
	parts := make([]string, 0, len(s.Gates)+1)
	if s.Detail != "" {
		parts = append(parts, s.Detail)
	}
	for _, g := range s.Gates {
		parts = append(parts, fmt.Sprintf("%s %s: %s", g.Name, g.Outcome, g.Reason))
	}
	return strings.Join(parts, "; ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Seconds writes a length of time as a person would.
func Seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// Progress writes what a Rollout under way has done and measured so far.
func Progress(w io.Writer, r Result) error {
	p := &printer{w: w}
	p.sides(r.Versions())
	p.line("")
	p.steps(r.Steps)
	return p.err
}
