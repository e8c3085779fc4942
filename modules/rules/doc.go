// Package rules decides a rollout as time goes by, the way Headgate does and
// the way Flagger and Argo Rollouts do, as functions of what was counted alone:
// no clock, no network, no cluster. So one and the same traffic, recorded or
// invented, can be put before all of them.
//
// The rules of Flagger and of Argo Rollouts are told here in our own words from
// their public behaviour (Flagger 1.36, Argo Rollouts 1.10); what is left out is
// written at each.
package rules

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Outcome is how a rule ended a rollout.
type Outcome string

// The outcomes. Undecided is a rollout that goes on.
const (
	Undecided  Outcome = "undecided"
	Promoted   Outcome = "promoted"
	RolledBack Outcome = "rolledBack"
	Held       Outcome = "held"
)

// Rule is a way to decide rollouts.
type Rule interface {
	// Name is what a table calls it.
	Name() string
	// Settings is what it was set to, in words.
	Settings() string
	// Begin starts a rollout at time 0, when the candidate gets its first traffic.
	Begin() Course
}

// Course is one rollout under a Rule.
type Course interface {
	// Act is called at time 0 and then at each time that the State before asked
	// for, with what was counted until then.
	Act(h *History) State
}

// Watcher is a Course that learns from stable's traffic before the candidate's
// first request.
type Watcher interface {
	Watch(before evidence.Evidence)
}

// State is where a rollout stands.
type State struct {
	Outcome Outcome
	// Reason is one sentence with numbers; of an undecided one what was last seen.
	Reason string
	// Weight is the candidate's share that the rule wants, in percent.
	Weight int
	// Next is when the rule wants to act again.
	Next time.Duration
}
