package cli

import (
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/screen"
)

// live keeps one block of lines up to date at the bottom of a terminal;
// finished steps scroll away above it.
type live struct {
	env   *Env
	title string
	// hint says what Ctrl-C does.
	hint  string
	began time.Time

	mu    sync.Mutex
	last  rollout.Event
	look  *rollout.Look
	seen  time.Time // when look came
	wait  string    // what a step waits for
	drawn int       // lines on screen that belong to the block
	// undoing says that steps are being put back, last first.
	undoing bool

	stop chan struct{}
	done chan struct{}
}

func newLive(env *Env, title, hint string) *live {
	l := &live{env: env, title: title, hint: hint, began: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
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
			l.draw()
			l.mu.Unlock()
		}
	}
}

func (l *live) observe(e rollout.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = e
	if !e.About.Started.IsZero() {
		l.began = e.About.Started
	}
	switch e.Kind {
	case rollout.EventLook:
		l.look, l.seen = e.Look, time.Now()
		l.draw()
	case rollout.EventProgress:
		l.wait = e.Text
		l.draw()
	case rollout.EventBegin:
		l.look, l.wait = nil, ""
		l.draw()
	case rollout.EventUndo:
		l.look, l.wait, l.undoing = nil, "", true
		l.tell(e)
	case rollout.EventFinished:
		l.erase()
	default:
		l.tell(e)
	}
}

func (l *live) close() {
	close(l.stop)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

// symbol marks an event's line.
func symbol(k rollout.EventKind) (string, screen.Tone) {
	switch k {
	case rollout.EventDone, rollout.EventUndone:
		return "✓", screen.Good
	case rollout.EventFailed:
		return "✗", screen.Bad
	case rollout.EventWarning:
		return "!", screen.Wait
	default:
		return "·", screen.Faint
	}
}

// screen is a column narrower than the terminal: a line that fills it may wrap,
// which would break the redrawing.
func (l *live) screen() screen.Screen {
	on := l.env.below()
	on.Width = max(on.Columns()-1, 1)
	return on
}

// tell puts an event above the block, for good.
func (l *live) tell(e rollout.Event) {
	mark, tone := symbol(e.Kind)
	l.draw(l.screen().Note(screen.Note{Label: mark + " ", Tone: tone, Text: describe(e)})...)
}

// draw replaces the block; lines above it stay for good.
func (l *live) draw(above ...string) {
	lines := l.block()
	var b strings.Builder
	b.WriteString(l.clear())
	for _, line := range append(above, lines...) {
		b.WriteString(line + "\n")
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

// tallest keeps the block on a terminal of 24 lines: what has scrolled away
// cannot be drawn anew.
const tallest = 20

func (l *live) block() []string {
	on, e := l.screen(), l.last
	lines := []string{on.Paint(screen.Strong, clip(l.headline(), on.Width))}
	if e.Total == 0 {
		return append(lines, l.hinted(on)...)
	}
	lines = append(lines, clip(l.where(e), on.Width))
	if e.Weight >= 0 {
		lines = append(lines, clip(bar(e.Weight), on.Width))
	}
	if l.wait != "" {
		lines = append(lines, on.Note(screen.Note{Label: "  ", Text: l.wait})...)
	}
	if l.look != nil {
		lines = append(lines, l.looked(on)...)
	}
	return append(lines[:min(len(lines), tallest)], l.hinted(on)...)
}

// headline is what is rolled out, and for how long already.
func (l *live) headline() string {
	parts := []string{l.title}
	if a := l.last.About; a.To != "" {
		parts = append(parts, versions(a.From, a.To))
	}
	if l.last.Total == 0 {
		parts = append(parts, "checking the cluster")
	}
	return strings.Join(append(parts, time.Since(l.began).Round(time.Second).String()), "  ")
}

// versions are two images in short: without their registries, and the name that
// both have stands once.
func versions(from, to string) string {
	from, to = path.Base(orElse(from, "?")), path.Base(to)
	if name, _, ok := strings.Cut(from, ":"); ok {
		to = strings.TrimPrefix(to, name+":")
	}
	return from + " → " + to
}

// hinted is what Ctrl-C does now. Once things are put back, or the new version
// serves for good, it has no say any more.
func (l *live) hinted(on screen.Screen) []string {
	if l.hint == "" || l.undoing || l.last.About.Committed {
		return nil
	}
	return []string{on.Paint(screen.Faint, clip(l.hint, on.Width))}
}

// looked is what was measured, and what the gates say to it.
func (l *live) looked(on screen.Screen) []string {
	var lines []string
	for _, line := range measured(l.look) {
		lines = append(lines, clip(line, on.Width))
	}
	for _, v := range l.look.Verdicts {
		lines = append(lines, on.Note(gateNote(v))...)
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
	at := fmt.Sprintf("step %d of %d: %s", e.Index+1, e.Total, e.Step)
	if l.look != nil && l.look.Max > 0 {
		at += "  " + left(l.look, time.Since(l.seen))
	}
	return at
}

// left is how long a gate step still takes, some time after its look.
func left(look *rollout.Look, since time.Duration) string {
	rest := func(d time.Duration) time.Duration { return max(d-look.Elapsed-since, 0).Round(time.Second) }
	text := fmt.Sprintf("%s left to decide", rest(look.Max))
	if least := rest(look.Min); least > 0 {
		text = fmt.Sprintf("passes in %s at the earliest, %s", least, text)
	}
	return text
}

func gateNote(v gate.Verdict) screen.Note {
	mark, tone := report.MarkOf(string(v.Outcome))
	n := screen.Note{Label: "  " + mark + " ", Tone: tone, Text: v.Gate + ": " + v.Reason}
	if v.Outcome == gate.Inconclusive {
		n.Text = fmt.Sprintf("%s: %s (%.0f%% of the evidence)", v.Gate, orElse(v.Missing, v.Reason), 100*v.Progress)
	}
	return n
}

const barWidth = 40

func bar(weight int) string {
	n := weight * barWidth / 100
	if weight > 0 && n == 0 {
		n = 1
	}
	return fmt.Sprintf("  weight     [%s%s] %d%%", strings.Repeat("█", n), strings.Repeat("░", barWidth-n), weight)
}

// clip keeps a line from wrapping.
func clip(s string, width int) string {
	r := []rune(s)
	if width > 1 && len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
