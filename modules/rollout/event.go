package rollout

import (
	"cmp"
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
	EventProgress EventKind = "progress" // what a step waits for has come nearer
	EventDone     EventKind = "done"     // a step ended well
	EventFailed   EventKind = "failed"   // a step ended badly
	EventStopped  EventKind = "stopped"  // a step was ended, and nothing failed
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
	About  About
	// SoFar is the Result as it stands; it may be called while the event is
	// observed, and not later.
	SoFar func() report.Result
}

// About is what an event's Rollout is.
type About struct {
	// From and To are the versions' images, as far as they are known.
	From, To string
	Started  time.Time
	// Committed says that the new version serves for good: from here the way out
	// is forward.
	Committed bool
}

// About is what the State's events say of its Rollout.
func (s *State) About() About {
	return About{From: s.From, To: s.To, Started: s.Started, Committed: s.Committed}
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

// Look is what the current step has looked at by a time, as its driver's watcher
// was shown it, as far as the State tells; nil where it has not looked.
func (s *State) Look(by time.Time) *Look {
	n := len(s.Timeline)
	if s.Current >= len(s.Steps) || n == 0 || s.Timeline[n-1].Step != s.CurrentStep() {
		return nil
	}
	step := s.Steps[s.Current]
	look := &Look{Min: step.Spec.Min, Max: step.Spec.Max, Elapsed: max(by.Sub(step.Started), 0)}
	if step.Spec.Kind == KindGate {
		look.Min, look.Max = cmp.Or(look.Min, s.Settings.Min), cmp.Or(look.Max, s.Settings.Max)
	}
	for i := n - 1; i >= 0 && s.Timeline[i].Step == step.Record.Name; i-- {
		look.Evidence = s.Timeline[i].Evidence().Add(look.Evidence)
	}
	for _, a := range s.Timeline[n-1].Gates {
		look.Verdicts = append(look.Verdicts, gate.Verdict{Gate: a.Gate, Outcome: gate.Outcome(a.Outcome), Reason: a.Reason, Progress: a.Progress})
	}
	return look
}

func (r *Rollout) emit(kind EventKind, text string, look *Look) {
	e := r.event(kind, text, look)
	r.log(e)
	r.deps.notify(e)
}

func (r *Rollout) event(kind EventKind, text string, look *Look) Event {
	e := Event{Time: time.Now(), Kind: kind, Index: r.state.Current, Total: len(r.state.Steps), Weight: r.state.Weight, Text: text, Look: look, About: r.state.About(),
		SoFar: func() report.Result { return r.result(report.Unfinished, "") }}
	if r.state.Current < len(r.steps) {
		e.Step = r.steps[r.state.Current].Name()
	}
	return e
}

// Warn puts into the record, and tells, what came to light in what the Rollout
// works on. It is for calls from within those, while a step waits for them.
func (r *Rollout) Warn(text string) { r.warn(text) }

// TellWarnings tells what came to light before the Rollout began. It is for who
// begins it: who takes it up later has the record.
func (r *Rollout) TellWarnings() {
	for _, w := range r.state.Warnings {
		r.deps.notify(r.event(EventWarning, w, nil))
	}
}

// Progress tells how far a wait has come. It is for calls from within what a step
// waits for.
func (r *Rollout) Progress(text string) { r.emit(EventProgress, text, nil) }

func (r *Rollout) warn(text string) {
	r.state.warn(text)
	r.emit(EventWarning, text, nil)
}
