package rollout

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// EventKind says what an Event is about.
type EventKind string

// The kinds of events.
const (
	EventBegin    EventKind = "begin"    // a step begins
	EventLook     EventKind = "look"     // metrics were read
	EventDone     EventKind = "done"     // a step ended well
	EventFailed   EventKind = "failed"   // a step ended badly
	EventUndo     EventKind = "undo"     // a step is being undone
	EventUndone   EventKind = "undone"   // a step has been undone
	EventNotice   EventKind = "notice"   // worth a line, nothing is wrong
	EventWarning  EventKind = "warning"  // worth a line, something is odd
	EventFinished EventKind = "finished" // the Rollout ended
)

// Event is something that a watcher may want to show.
type Event struct {
	Time   time.Time
	Kind   EventKind
	Step   string
	Index  int // position in the list, from 0
	Total  int // length of the list
	Weight int // the candidate's share in percent; -1 where nothing is moved
	Text   string
	Look   *Look
	Result *report.Result
	// SoFar is the Result as it stands; it may be called while the event is
	// observed, and not later.
	SoFar func() report.Result
}

// Look is what one reading said.
type Look struct {
	// Evidence is everything since the step's traffic was confirmed.
	Evidence evidence.Evidence
	Verdicts []gate.Verdict
	// Alone says that there is one version only, whose counts are Candidate.
	Alone bool
	// Elapsed runs towards Max; a pass counts from Min on.
	Elapsed, Min, Max time.Duration
}

func (r *Rollout) emit(kind EventKind, text string, look *Look) {
	e := Event{Time: time.Now(), Kind: kind, Index: r.state.Current, Total: len(r.state.Steps), Weight: r.state.Weight, Text: text, Look: look,
		SoFar: func() report.Result { return r.result(report.Unfinished, "") }}
	if r.state.Current < len(r.steps) {
		e.Step = r.steps[r.state.Current].Name()
	}
	r.log(e)
	r.deps.notify(e)
}

// Warn puts into the record, and tells, what came to light in what the Rollout
// works on. It is for calls from within those, while a step waits for them.
func (r *Rollout) Warn(text string) { r.warn(text) }

func (r *Rollout) warn(text string) {
	r.state.warn(text)
	r.emit(EventWarning, text, nil)
}
