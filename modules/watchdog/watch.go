// Package watchdog says when a Rollout has lost its driver. It looks at the
// signs of life that a driver leaves in the cluster and trusts no clock but its
// own, monotonic one: what counts is for how long it has itself seen no change.
package watchdog

import (
	"context"
	"fmt"
	"time"
)

// Sign is what one look found of the driver.
type Sign struct {
	// Beat changes with every sign of life; empty when no Lease is there.
	Beat string
	// Driver names who left it.
	Driver string
}

// Source is where the watchdog looks.
type Source interface {
	// Sign reads the latest sign of life.
	Sign(ctx context.Context) (Sign, error)
	// Over says why nobody needs to watch any more, such as "it was promoted";
	// empty while somebody does.
	Over(ctx context.Context) (string, error)
}

// Watch waits for the silence of a driver.
type Watch struct {
	Source Source
	// After is the silence that counts.
	After time.Duration
	// Say is told of what a person may want to read in the log.
	Say func(string)
	// Seeing is told after each look whether it succeeded; it may be nil.
	Seeing func(bool)
}

// Finding is what ended a wait: either Over is set, or the driver was silent.
type Finding struct {
	Over string
	// Last is the sign that has not changed.
	Last   Sign
	Silent time.Duration
}

// Wait returns when the driver has been silent for Watch.After, or when there
// is nothing to watch any more. Its error is the context's.
func (w Watch) Wait(ctx context.Context) (Finding, error) {
	s := &silence{longest: w.blind()}
	for failing := false; ; {
		began := time.Now()
		sign, err := w.Source.Sign(ctx)
		if ctx.Err() != nil {
			return Finding{}, ctx.Err()
		}
		w.tell(err, failing)
		w.seeing(err == nil)
		if failing = err != nil; !failing {
			s.see(sign, began, time.Now())
			if f, done, err := w.judge(ctx, s); done || err != nil {
				return f, err
			}
		}
		if err := sleep(ctx, w.until(s)); err != nil {
			return Finding{}, err
		}
	}
}

// tell says when looking begins to fail, and when it no longer does.
func (w Watch) tell(err error, failing bool) {
	switch {
	case err != nil && !failing:
		w.say(fmt.Sprintf("cannot look: %v; what is not seen does not count", err))
	case err == nil && failing:
		w.say("can look again")
	}
}

// judge asks whether the Rollout still needs a driver: when another one or none
// is seen, and when the one there is has been silent for too long.
func (w Watch) judge(ctx context.Context, s *silence) (f Finding, done bool, err error) {
	if s.lasts < w.After && !s.unknown {
		return Finding{}, false, nil
	}
	over, err := w.Source.Over(ctx)
	switch {
	case ctx.Err() != nil:
		return Finding{}, true, ctx.Err()
	case err != nil:
		w.say(fmt.Sprintf("cannot read the journal: %v", err))
		return Finding{}, false, nil
	case over != "":
		return Finding{Over: over}, true, nil
	}
	s.unknown = false
	if s.lasts >= w.After {
		return Finding{Last: s.last, Silent: s.lasts}, true, nil
	}
	return Finding{}, false, nil
}

// until is the pause before the next look: no longer than the silence lacks.
func (w Watch) until(s *silence) time.Duration {
	lacking := w.After - s.lasts
	if lacking <= 0 { // the journal could not be read
		return every(w.After)
	}
	return min(every(w.After), lacking)
}

// every is the pause between looks.
func every(after time.Duration) time.Duration {
	return min(max(after/30, 100*time.Millisecond), 2*time.Second)
}

// blind is the longest gap between two looks that may count as silence. A
// driver that could reach the API server as little as the watchdog needs time
// to be heard again.
func (w Watch) blind() time.Duration { return max(w.After/3, 3*every(w.After)) }

func (w Watch) seeing(ok bool) {
	if w.Seeing != nil {
		w.Seeing(ok)
	}
}

func (w Watch) say(text string) {
	if w.Say != nil {
		w.Say(text)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
