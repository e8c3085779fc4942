package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// live keeps one block of lines up to date at the bottom of a terminal;
// finished steps scroll away above it.
type live struct {
	env   *Env
	title string
	began time.Time

	mu    sync.Mutex
	last  rollout.Event
	look  *rollout.Look
	drawn int // lines on screen that belong to the block
	// undoing says that steps are being put back, last first.
	undoing bool

	stop chan struct{}
	done chan struct{}
}

func newLive(env *Env, title string) *live {
	l := &live{env: env, title: title, began: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	go l.tick()
	return l
}

// tick keeps the clock moving between events.
func (l *live) tick() {
	defer close(l.done)
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
			l.mu.Lock()
			l.draw("")
			l.mu.Unlock()
		}
	}
}

func (l *live) observe(e rollout.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = e
	switch e.Kind {
	case rollout.EventLook:
		l.look = e.Look
		l.draw("")
	case rollout.EventBegin:
		l.look = nil
		l.draw("")
	case rollout.EventUndo:
		l.look, l.undoing = nil, true
		l.draw(symbol(e.Kind) + " " + describe(e))
	case rollout.EventFinished:
		l.erase()
	default:
		l.draw(symbol(e.Kind) + " " + describe(e))
	}
}

func (l *live) close() {
	close(l.stop)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

func symbol(k rollout.EventKind) string {
	switch k {
	case rollout.EventDone, rollout.EventUndone:
		return "✓"
	case rollout.EventFailed:
		return "✗"
	case rollout.EventWarning:
		return "!"
	default:
		return "·"
	}
}

// draw replaces the block; a line above it stays for good.
func (l *live) draw(above string) {
	lines := l.block()
	var b strings.Builder
	b.WriteString(l.clear())
	if above != "" {
		b.WriteString(above + "\n")
	}
	for _, line := range lines {
		b.WriteString(clip(line, l.env.Width()) + "\n")
	}
	l.drawn = len(lines)
	_, _ = fmt.Fprint(l.env.Stderr, b.String())
}

func (l *live) erase() {
	_, _ = fmt.Fprint(l.env.Stderr, l.clear())
	l.drawn = 0
}

// clear moves to the block's first line and empties the screen below it.
func (l *live) clear() string {
	if l.drawn == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", l.drawn)
}

func (l *live) block() []string {
	e := l.last
	took := time.Since(l.began).Round(time.Second)
	if e.Total == 0 {
		return []string{fmt.Sprintf("%s  checking the cluster  %s", l.title, took)}
	}
	lines := []string{fmt.Sprintf("%s  %s  %s", l.title, l.where(e), took)}
	if e.Weight >= 0 {
		lines = append(lines, bar(e.Weight))
	}
	if l.look == nil {
		return lines
	}
	lines = append(lines, measured(l.look)...)
	for _, v := range l.look.Verdicts {
		lines = append(lines, "  "+gateLine(v))
	}
	return lines
}

// measured are a look's counts.
func measured(look *rollout.Look) []string {
	ev := look.Evidence
	if look.Alone {
		return []string{"  service    " + side(ev.Candidate)}
	}
	lines := []string{"  observed   " + share(ev), "  candidate  " + side(ev.Candidate), "  stable     " + side(ev.Stable)}
	if ev.Baseline.Requests > 0 {
		lines = append(lines, "  baseline   "+side(ev.Baseline))
	}
	return lines
}

// where is the step of an event in words.
func (l *live) where(e rollout.Event) string {
	if l.undoing {
		return "putting back: " + e.Step
	}
	return fmt.Sprintf("step %d of %d: %s", e.Index+1, e.Total, e.Step)
}

func gateLine(v gate.Verdict) string {
	if v.Outcome == gate.Inconclusive {
		return fmt.Sprintf("? %s: %s (%.0f%% of the evidence)", v.Gate, orElse(v.Missing, v.Reason), 100*v.Progress)
	}
	mark := "✓"
	if v.Outcome == gate.Fail {
		mark = "✗"
	}
	return fmt.Sprintf("%s %s: %s", mark, v.Gate, v.Reason)
}

const barWidth = 40

func bar(weight int) string {
	n := weight * barWidth / 100
	if weight > 0 && n == 0 {
		n = 1
	}
	return fmt.Sprintf("  weight     [%s%s] %d%%", strings.Repeat("█", n), strings.Repeat("░", barWidth-n), weight)
}

// clip keeps a line from wrapping, which would break the redrawing.
func clip(s string, width int) string {
	r := []rune(s)
	if width > 1 && len(r) >= width {
		return string(r[:width-2]) + "…"
	}
	return s
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
