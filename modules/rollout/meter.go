package rollout

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// meter turns a Reader's totals into the Evidence between looks, and adds up
// what the whole Rollout saw.
type meter struct {
	reader Reader
	last   evidence.Reading
	opened bool
	mu     sync.Mutex // guards total, which is saved while a wait for Pods is watched
	total  evidence.Evidence
	// onTrial is since when the candidate has had traffic, step since when it has
	// had its weight.
	onTrial, step time.Time
	// mark is the total at the last change of weight, or where this process began.
	mark moved
	// blind is when metrics were last readable.
	blind time.Time
	// notes are what the sources found odd, told once each.
	notes map[string]bool
}

func newMeter(reader Reader) *meter { return &meter{reader: reader, notes: map[string]bool{}} }

// begin has the meter go on from what was seen until now.
func (m *meter) begin(total evidence.Evidence) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blind, m.total, m.onTrial, m.step = time.Now(), total, total.OnTrial, time.Now()
	m.mark = movedOf(total)
}

// turn is what was counted since the last turn.
func (m *meter) turn() moved {
	now := movedOf(m.sum())
	was := moved{candidate: now.candidate - m.mark.candidate, total: now.total - m.mark.total}
	m.mark = now
	return was
}

func movedOf(e evidence.Evidence) moved {
	return moved{candidate: e.Candidate.Requests, total: e.Requests()}
}

// windowed is a Reader whose queries may look back as far as the candidate has
// had traffic, or its weight.
type windowed interface{ Window(onTrial, step time.Time) }

// How long the reading may take that later looks are counted from: one that puts
// things back has traffic to move first. The next look takes it otherwise.
const (
	firstLook = 5 * time.Second
	hastyLook = 2 * time.Second
)

// sightFirst takes the reading that later looks are counted from.
func (r *Rollout) sightFirst(ctx context.Context, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if _, err := r.meter.look(ctx, r.state.Weight); err != nil {
		r.emit(EventWarning, err.Error(), nil)
	}
}

// look reads the metrics and returns what happened since the last look that
// succeeded.
func (m *meter) look(ctx context.Context, weight int) (evidence.Evidence, error) {
	if w, ok := m.reader.(windowed); ok {
		w.Window(m.onTrial, m.step)
	}
	reading, err := m.reader.Read(ctx)
	if err != nil {
		return evidence.Evidence{}, fmt.Errorf("read metrics: %w", err)
	}
	m.blind = time.Now()
	if !m.opened {
		m.opened, m.last = true, reading
		return evidence.Evidence{Start: reading.At, End: reading.At, Fresh: reading.Fresh, Values: reading.Values, OnTrial: m.onTrial}, nil
	}
	delta := reading.Since(m.last)
	m.last = reading
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onTrial = delta.OnTrialAfter(m.onTrial, weight)
	delta.OnTrial = m.onTrial
	m.total = m.total.Add(delta)
	return delta, nil
}

// sum is what the whole Rollout saw.
func (m *meter) sum() evidence.Evidence {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// news are the notes of the last reading that were not told before.
func (m *meter) news() []string {
	var out []string
	for _, n := range m.last.Notes {
		if !m.notes[n] {
			m.notes[n] = true
			out = append(out, n)
		}
	}
	return out
}

// look is the meter's look with its troubles told. A failed read is no
// Evidence; ok is then false. Traffic does not stay moved unwatched for longer
// than Settings.Blind.
func (r *Rollout) look(ctx context.Context) (delta evidence.Evidence, ok bool, err error) {
	lctx, cancel := context.WithTimeout(ctx, max(5*time.Second, r.state.Settings.Interval))
	defer cancel()
	delta, err = r.meter.look(lctx, r.state.Weight)
	for _, n := range r.meter.news() {
		r.emit(EventNotice, n, nil)
	}
	r.mark(delta, err == nil)
	if err == nil {
		r.sighted()
		r.tellRefusals()
		return delta, true, nil
	}
	if ctx.Err() != nil {
		return delta, false, ctx.Err()
	}
	if !r.unsighted {
		r.unsighted = true
		r.warn(fmt.Sprintf("no metrics: %v; this counts neither for nor against the candidate", err))
	}
	if blind := time.Since(r.meter.blind); r.state.Weight > 0 && blind > r.state.Settings.Blind {
		return delta, false, &HoldError{
			Reason: fmt.Sprintf("no metrics for %s while the candidate had %d%% of the traffic: %v", blind.Round(time.Second), r.state.Weight, err),
			Next:   fmt.Sprintf("bring the metrics back, then `headgate resume %[1]s -n %[2]s`; or `headgate rollback %[1]s -n %[2]s`", r.state.Release, r.state.Namespace),
		}
	}
	return delta, false, nil
}

func (r *Rollout) sighted() {
	if r.unsighted {
		r.unsighted = false
		r.emit(EventNotice, "metrics can be read again", nil)
	}
}
