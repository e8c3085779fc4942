// Package counter turns the raw values of counters into growth that can be
// added up. Counters restart with their process, vanish with their Pod, are
// scraped twice or late; the sum of what a Tracker returns is what they
// counted, within the bounds written at Observe.
package counter

import (
	"math"
	"time"
)

// Largest is the largest value that is believed: above it a float64 no longer
// counts in ones.
const Largest = 1 << 53

// Sample is a counter's value at a time.
type Sample struct {
	// Series is the counter's identity across reads: every label, and the
	// process where the labels do not name it.
	Series string
	// At is when the value was taken, by one clock for all samples.
	At time.Time
	// Value is the raw value.
	Value float64
}

// Change is what one sample taught.
type Change struct {
	// Growth is how much was counted since the series' previous sample.
	Growth uint64
	// Reset says that the counter had restarted.
	Reset bool
	// Invalid says that the value is no count (NaN, infinite, negative, too
	// large) and was skipped.
	Invalid bool
}

// Tracker remembers the newest value of each series.
type Tracker struct {
	opened time.Time
	last   map[string]point
}

type point struct {
	at    time.Time
	value uint64
}

// New starts counting: what samples up to opened show was there before and
// does not count.
func New(opened time.Time) *Tracker {
	return &Tracker{opened: opened, last: map[string]point{}}
}

// Baseline remembers a value as counted before the Tracker began, whatever its
// time: for a series that is known to be older than the Tracker.
func (t *Tracker) Baseline(s Sample) Change {
	value, ok := whole(s.Value)
	if !ok {
		return Change{Invalid: true}
	}
	at := s.At
	if at.Before(t.opened) {
		at = t.opened
	}
	t.last[s.Series] = point{at: at, value: value}
	return Change{}
}

// Observe returns how much a series grew. The first sample after the opening
// of a series without an earlier one counts in full: it is new traffic. A
// sample that is not newer than the last one teaches nothing, so duplicates
// and answers of a lagging replica are harmless. A smaller value is a restart
// and counts in full; what was counted between the last look and the restart
// is lost, and a restarted counter that has outgrown its old value by the next
// look is taken for one that never stopped: each restart can hide at most the
// growth of one interval between samples plus the old value, and never adds.
func (t *Tracker) Observe(s Sample) Change {
	value, ok := whole(s.Value)
	if !ok {
		return Change{Invalid: true}
	}
	last, seen := t.last[s.Series]
	if seen && !s.At.After(last.at) {
		return Change{}
	}
	if !seen && !s.At.After(t.opened) {
		return t.Baseline(s)
	}
	t.last[s.Series] = point{at: s.At, value: value}
	if value < last.value {
		return Change{Growth: value, Reset: true}
	}
	return Change{Growth: value - last.value}
}

// Len is how many series are remembered.
func (t *Tracker) Len() int { return len(t.last) }

// Valid says that a value can be a count.
func Valid(v float64) bool {
	_, ok := whole(v)
	return ok
}

func whole(v float64) (uint64, bool) {
	if math.IsNaN(v) || v < 0 || v > Largest {
		return 0, false
	}
	return uint64(math.Round(v)), true
}
