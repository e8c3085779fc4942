package rollout

import (
	"slices"
	"time"
)

// pastMost is how many Rollouts of a Release are remembered, and pastReason how
// long their reasons are at most.
const (
	pastMost   = 10
	pastReason = 200
)

// Past is a Rollout of the Release that has ended.
type Past struct {
	ID       string    `json:"id"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"`
	Verdict  Phase     `json:"verdict"`
	Reason   string    `json:"reason,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
}

// Pasts are the last Rollouts of the Release, newest first, this one included
// when it has ended.
func (s *State) Pasts() []Past {
	all := slices.Clone(s.History)
	if s.Phase.Ended() {
		all = append([]Past{{ID: s.ID, From: s.From, To: s.To, Verdict: s.Phase, Reason: clipped(s.Reason, pastReason), Started: s.Started, Finished: s.Finished}}, all...)
	}
	return all[:min(len(all), pastMost)]
}
