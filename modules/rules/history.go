package rules

import (
	"sort"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// History is what was counted of a rollout. Times are since the candidate's
// first traffic.
type History struct{ marks []mark }

type mark struct {
	at        time.Duration
	delta     evidence.Evidence
	candidate evidence.Counts // since time 0
}

// Now is the time of the newest counts.
func (h *History) Now() time.Duration {
	if len(h.marks) == 0 {
		return 0
	}
	return h.marks[len(h.marks)-1].at
}

// Add takes what happened from Now until at.
func (h *History) Add(at time.Duration, delta evidence.Evidence) {
	m := mark{at: at, delta: delta, candidate: delta.Candidate}
	if n := len(h.marks); n > 0 {
		m.candidate = h.marks[n-1].candidate.Add(delta.Candidate)
	}
	h.marks = append(h.marks, m)
}

// Since is the Evidence after the time at.
func (h *History) Since(at time.Duration) evidence.Evidence {
	first := h.after(at)
	if first == len(h.marks) {
		return evidence.Evidence{}
	}
	out := h.marks[first].delta
	for _, m := range h.marks[first+1:] {
		out = out.Add(m.delta)
	}
	return out
}

// Candidate is what the candidate had served by the time at.
func (h *History) Candidate(at time.Duration) evidence.Counts {
	if i := h.after(at); i > 0 {
		return h.marks[i-1].candidate
	}
	return evidence.Counts{}
}

// after is the index of the first mark later than at.
func (h *History) after(at time.Duration) int {
	return sort.Search(len(h.marks), func(i int) bool { return h.marks[i].at > at })
}
