// Package ledger keeps what came of the benchmark's rollouts, and makes the
// table and the chart of it.
package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Outcome is what a tool made of a candidate.
type Outcome string

// The outcomes.
const (
	Promoted   Outcome = "promoted"
	RolledBack Outcome = "rolled back"
	Held       Outcome = "held" // traffic is back, a person is asked
	Unfinished Outcome = "unfinished"
)

// Kind is what should become of a candidate.
type Kind string

// The kinds. A borderline candidate is exactly as bad as is allowed.
const (
	Good       Kind = "good"
	Borderline Kind = "borderline"
	Bad        Kind = "bad"
)

// Run is one rollout. Times are seconds since the new version was asked for.
type Run struct {
	Tool      string    `json:"tool"`
	Speed     string    `json:"speed"` // which settings
	Candidate string    `json:"candidate"`
	Kind      Kind      `json:"kind"`
	Rate      float64   `json:"rate"` // requests per second
	Repeat    int       `json:"repeat"`
	Asked     time.Time `json:"asked"`
	Site      string    `json:"site"`

	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	// Seconds is when the tool had come to its end.
	Seconds float64 `json:"seconds"`
	// FirstCandidate, LastCandidate and LastStable are when callers got the first
	// and the last answer of a version, to the second; 0 means never.
	FirstCandidate float64 `json:"firstCandidate"`
	LastCandidate  float64 `json:"lastCandidate"`
	LastStable     float64 `json:"lastStable"`
	// Served are the candidate's answers, Bad those that failed or came too late.
	Served int64 `json:"served"`
	Bad    int64 `json:"bad"`
	// Lost are failed requests that are not the candidate's doing.
	Lost int64 `json:"lost"`
	// LostLike is one of them.
	LostLike string `json:"lostLike,omitempty"`
	// P99 is over all requests, in seconds.
	P99 float64 `json:"p99"`
}

// Entrant is a tool with its settings, as text.
type Entrant struct {
	Tool     string `json:"tool"`
	Speed    string `json:"speed"`
	Version  string `json:"version"`
	Settings string `json:"settings"`
}

// Name is the tool with its settings.
func (e Entrant) Name() string { return e.Tool + ", " + e.Speed }

// Ledger is all that is known.
type Ledger struct {
	Machine  string    `json:"machine"`
	Entrants []Entrant `json:"entrants"`
	Runs     []Run     `json:"runs"`
}

// Load reads a ledger; a file that is not there is an empty one.
func Load(name string) (*Ledger, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the user names it
	if errors.Is(err, os.ErrNotExist) {
		return &Ledger{}, nil
	}
	if err != nil {
		return nil, err
	}
	var l Ledger
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &l, nil
}

// Save writes the ledger to a file.
func (l *Ledger) Save(name string) error {
	data, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".part", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

// Has says that a rollout is on record.
func (l *Ledger) Has(tool, speed, candidate string, rate float64, repeat int) bool {
	for _, r := range l.Runs {
		if r.Tool == tool && r.Speed == speed && r.Candidate == candidate && r.Rate == rate && r.Repeat == repeat {
			return true
		}
	}
	return false
}
