package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/headgate-ci/headgate/modules/screen"
)

// Text writes the result for a person. The verdict comes last, where a terminal's
// reader looks.
func Text(w io.Writer, on screen.Screen, r Result) error {
	p := &printer{w: w, on: on}
	p.progress(r)
	p.verdict(r)
	return p.err
}

// Progress writes what a Rollout under way has done and measured so far.
func Progress(w io.Writer, on screen.Screen, r Result) error {
	p := &printer{w: w, on: on}
	p.progress(r)
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
	on  screen.Screen
	err error
}

func (p *printer) lines(all ...string) {
	for _, line := range all {
		if p.err == nil {
			_, p.err = fmt.Fprintln(p.w, line)
		}
	}
}

// said writes a text behind what it is.
func (p *printer) said(what, text string) {
	if text != "" {
		p.lines(p.on.Note(screen.Note{Label: fmt.Sprintf("  %-9s", what), Tone: screen.Faint, Text: text})...)
	}
}

func (p *printer) verdict(r Result) {
	for _, line := range screen.Wrap(r.Verdict.Mark()+" "+r.Name()+": "+r.Words(), p.on.Columns()) {
		p.lines(p.on.Paint(toneOf(r.Verdict), line))
	}
	p.said("why", r.Reason)
	switch {
	case r.To != "":
		p.said("version", orDash(r.From)+" → "+r.To)
	default:
		p.said("version", r.From)
	}
	p.said("took", Seconds(r.Seconds)+", measured by "+orDash(r.Source))
	p.said("next", r.Next)
}

// progress writes all but the verdict, with an empty line after each part.
func (p *printer) progress(r Result) {
	p.sides(r.Versions())
	p.steps(r.Steps)
	for _, s := range r.Warnings {
		p.lines(p.on.Note(screen.Note{Label: "  warning  ", Tone: screen.Wait, Text: s})...)
	}
	if len(r.Warnings) > 0 {
		p.lines("")
	}
}

func (p *printer) sides(all []Version) {
	if len(all) == 0 {
		return
	}
	t := screen.Table{Indent: "  ", Head: []string{"in all", "requests", "errors", "rate", "p50", "p90", "p99"}}
	for _, s := range all {
		l := s.Latency
		t.Rows = append(t.Rows, screen.Row{Cells: screen.Cells(s.Name, Count(s.Requests), Count(s.Errors), Rate(s.ErrorRate), Millis(l.P50), Millis(l.P90), Millis(l.P99))})
	}
	p.lines(p.on.Table(t)...)
	p.lines("")
}

func (p *printer) steps(steps []Step) {
	if len(steps) == 0 {
		return
	}
	t := screen.Table{Indent: "  ", Head: []string{"step", "status", "took", "share", "detail"}}
	pending := 0
	for _, s := range steps {
		if s.Status == Pending {
			pending++
			continue
		}
		t.Rows = append(t.Rows, stepRow(s))
	}
	p.lines(p.on.Table(t)...)
	switch {
	case pending == 1:
		p.lines("  1 more step was not begun")
	case pending > 1:
		p.lines(fmt.Sprintf("  %d more steps were not begun", pending))
	}
	p.lines("")
}

// stepRow is a step with its gates' answers below it.
func stepRow(s Step) screen.Row {
	row := screen.Row{Cells: screen.Cells(s.Name, string(s.Status), Seconds(s.Seconds), shareOf(s), s.Detail)}
	row.Cells[1].Tone = map[Status]screen.Tone{Done: screen.Good, Failed: screen.Bad, Stopped: screen.Wait, Undone: screen.Wait}[s.Status]
	for _, g := range s.Gates {
		mark, tone := MarkOf(g.Outcome)
		row.Below = append(row.Below, screen.Note{Label: "    " + mark + " ", Tone: tone, Text: g.Name + ": " + g.Reason})
	}
	for _, line := range s.Logs {
		row.Below = append(row.Below, screen.Note{Label: "    | ", Tone: screen.Faint, Text: line})
	}
	return row
}

// MarkOf is a gate's outcome as one character, and its tone.
func MarkOf(outcome string) (string, screen.Tone) {
	switch outcome {
	case "pass":
		return "✓", screen.Good
	case "fail":
		return "✗", screen.Bad
	default:
		return "?", screen.Wait
	}
}

func toneOf(v Verdict) screen.Tone {
	switch v.ExitCode() {
	case 0:
		return screen.Good
	case 1, 3:
		return screen.Bad
	default:
		return screen.Wait
	}
}

func shareOf(s Step) string {
	if s.ObservedShare == nil {
		return ""
	}
	return fmt.Sprintf("%.1f%%", *s.ObservedShare)
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
