package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/ci"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/screen"
)

// watcher shows a Rollout's events.
type watcher interface {
	observe(rollout.Event)
	close()
}

// newWatcher picks how progress is shown: redrawn at a terminal, one line an
// event in a log, or not at all.
// hint says what Ctrl-C does meanwhile.
func newWatcher(env *Env, g *Globals, title, hint string) watcher {
	switch {
	case g.Progress == "none":
		return quiet{}
	case g.Progress == "live", g.Progress == "auto" && env.Terminal:
		return newLive(env, title, hint)
	default:
		return &plain{w: env.Stderr, on: env.below(), every: 10 * time.Second, fold: ci.Fold{System: ci.Detect(env.Getenv)}}
	}
}

// What Ctrl-C does while a command shows progress.
const (
	putsBack   = "Ctrl-C puts everything back"
	endsFollow = "Ctrl-C ends only the following; the rollout goes on"
	endsExam   = "Ctrl-C ends the measuring; nothing was moved"
)

type quiet struct{}

func (quiet) observe(rollout.Event) {}
func (quiet) close()                {}

// plain writes one line an event; looks are thinned out, changes of a verdict
// are not.
type plain struct {
	w        io.Writer
	on       screen.Screen
	every    time.Duration
	lastLook time.Time
	verdicts string
	fold     ci.Fold
	// title waits for something to fold beneath it, of what began then.
	title string
	began time.Time
}

func (p *plain) observe(e rollout.Event) {
	if e.Kind == rollout.EventLook && !p.due(e) {
		return
	}
	line := describe(e)
	if line == "" {
		return
	}
	line = e.Time.Format("15:04:05") + " " + screen.Log(line)
	if p.fold.System != ci.None && p.folded(e, line) {
		return
	}
	_, _ = fmt.Fprintln(p.w, p.painted(e.Kind, line))
}

// painted gives lines that a reader must not miss their colour.
func (p *plain) painted(k rollout.EventKind, line string) string {
	switch _, tone := symbol(k); tone {
	case screen.Bad, screen.Wait:
		return p.on.Paint(tone, line)
	default:
		return line
	}
}

// folded has what a step measures folded beneath its beginning; how it ended
// stands outside. It is true when the line has been dealt with.
func (p *plain) folded(e rollout.Event, line string) bool {
	switch e.Kind {
	case rollout.EventBegin:
		p.fold.End(p.w, e.Time)
		p.title, p.began = line, e.Time
		return true
	case rollout.EventLook, rollout.EventProgress:
		if p.title != "" {
			p.fold.Begin(p.w, p.title, p.began)
			p.title = ""
		}
	default:
		p.end(e.Time)
	}
	return false
}

func (p *plain) due(e rollout.Event) bool {
	now := outcomes(e.Look.Verdicts)
	if now == p.verdicts && e.Time.Sub(p.lastLook) < p.every {
		return false
	}
	p.verdicts, p.lastLook = now, e.Time
	return true
}

func (p *plain) close() { p.end(time.Now()) }

// end closes what is folded, which was over at that time.
func (p *plain) end(at time.Time) {
	p.fold.End(p.w, at)
	p.title = ""
}

// describe is an event in one line; empty when it is not worth one.
func describe(e rollout.Event) string {
	at := fmt.Sprintf("[%d/%d] %s", e.Index+1, e.Total, e.Step)
	switch e.Kind {
	case rollout.EventBegin:
		return at
	case rollout.EventDone:
		if e.Text == "" {
			return at + ": done"
		}
		return at + ": " + e.Text
	case rollout.EventFailed:
		return at + " FAILED: " + e.Text
	case rollout.EventStopped:
		return at + " stopped: " + e.Text
	case rollout.EventUndo:
		return "putting back: " + e.Step
	case rollout.EventUndone:
		return "put back: " + e.Step
	case rollout.EventNotice:
		return e.Text
	case rollout.EventWarning:
		return "warning: " + e.Text
	case rollout.EventLook:
		return "  " + describeLook(e)
	case rollout.EventProgress:
		return "  " + e.Text
	default:
		return ""
	}
}

func describeLook(e rollout.Event) string {
	ev := e.Look.Evidence
	parts := []string{"share " + share(ev), "candidate " + side(ev.Candidate), "stable " + side(ev.Stable)}
	if ev.Baseline.Requests > 0 {
		parts = append(parts, "baseline "+side(ev.Baseline))
	}
	if e.Weight >= 0 {
		parts = append([]string{fmt.Sprintf("weight %d%%", e.Weight)}, parts...)
	}
	if e.Look.Alone {
		parts = []string{"service " + side(ev.Candidate)}
	}
	for _, v := range e.Look.Verdicts {
		parts = append(parts, verdictWords(v))
	}
	return strings.Join(parts, " · ")
}

func verdictWords(v gate.Verdict) string {
	s := v.Gate + " " + string(v.Outcome)
	if v.Outcome == gate.Inconclusive && v.Missing != "" {
		return s + " (needs " + v.Missing + ")"
	}
	return s
}

func outcomes(vs []gate.Verdict) string {
	var b strings.Builder
	for _, v := range vs {
		b.WriteString(v.Gate + string(v.Outcome) + ";")
	}
	return b.String()
}

func share(ev evidence.Evidence) string {
	s, ok := ev.Share()
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*s)
}

func side(c evidence.Counts) string {
	rate := "-"
	if r, ok := c.ErrorRate(); ok {
		rate = report.Rate(&r)
	}
	p99 := "-"
	if d, ok := c.Latency.Quantile(.99); ok {
		ms := float64(d) / float64(time.Millisecond)
		p99 = report.Millis(&ms)
	}
	return fmt.Sprintf("%s req, %s errors, p99 %s", report.Count(c.Requests), rate, p99)
}
