package replay

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/rules"
)

// Decision is what one rule made of the record.
type Decision struct {
	Rule     string `json:"rule"`
	Settings string `json:"settings"`
	// Outcome is undecided when the record ends first.
	Outcome rules.Outcome `json:"outcome"`
	// Seconds is when, since the candidate's first request; of an undecided one
	// the length of the record.
	Seconds float64 `json:"seconds"`
	// Requests and FailedRequests are the candidate's until then.
	Requests       uint64 `json:"requests"`
	FailedRequests uint64 `json:"failedRequests"`
	// Reason is one sentence with numbers.
	Reason string `json:"reason"`
	// Steps is how far a rule that decides step by step came.
	Steps []StepDecision `json:"steps,omitempty"`
}

// StepDecision is what gates made of one step of the record.
type StepDecision struct {
	// Weight is the candidate's share in percent; 0 where nobody knows.
	Weight  int           `json:"weight"`
	Outcome rules.Outcome `json:"outcome"` // promoted for a pass
	// Seconds is how long after the step's beginning; of an undecided one how
	// long it lasted.
	Seconds float64 `json:"seconds"`
}

// Watch shows a rule of another tool the record as it would have seen it.
func Watch(r *Record, rule rules.Rule) Decision {
	var h rules.History
	course := rule.Begin()
	state := course.Act(&h)
	next := 0
	for state.Outcome == rules.Undecided && state.Next <= r.Length() {
		for next < len(r.Looks) && r.Looks[next].At <= state.Next {
			h.Add(r.Looks[next].At, former(r.Looks[next].Evidence))
			next++
		}
		at := state.Next
		if state = course.Act(&h); state.Outcome != rules.Undecided {
			return r.decision(rule, state.Outcome, at, state.Reason)
		}
	}
	return r.decision(rule, rules.Undecided, r.Length(), "the record ends here; so far: "+state.Reason)
}

// former counts a baseline's requests as stable's, whose version it runs: a rule
// without a baseline would have left them there.
func former(e evidence.Evidence) evidence.Evidence {
	e.Stable, e.Baseline = e.Stable.Add(e.Baseline), evidence.Counts{}
	return e
}

func (r *Record) decision(rule rules.Rule, o rules.Outcome, at time.Duration, why string) Decision {
	d := Decision{Rule: rule.Name(), Settings: rule.Settings(), Outcome: o, Seconds: at.Seconds(), Reason: why}
	served := r.served(at)
	d.Requests, d.FailedRequests = served.Requests, served.Errors
	return d
}

// served is what the candidate had served by a time.
func (r *Record) served(at time.Duration) (out evidence.Counts) {
	for _, l := range r.Looks {
		if l.At > at {
			break
		}
		out = out.Add(l.Candidate)
	}
	return out
}
