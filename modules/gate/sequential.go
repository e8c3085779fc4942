package gate

import (
	"math"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Pacer is a Trial whose proof can be shared out among the Steps of a Rollout,
// so that early Steps, which put few requests at risk, end sooner. Beta is kept
// as long as the last Step that stable still serves in gets 1.
type Pacer interface {
	// Aim says which part of the whole proof (above 0, up to 1) must be there for
	// a pass in this Step. Without it every Step wants all of it.
	Aim(part float64)
}

// keepMost is the part of a whole proof that a new Step starts with: at a new
// weight at least half of it must be found again.
const keepMost = .5

// sequential is what the trials of all sequential gates have in common.
type sequential struct {
	name   string
	p      Promise
	least  uint64 // candidate requests in a Step before a pass
	in     intake
	claims []*claim
	part   float64
	seen   string // what the last look showed, in words
	failed *Verdict
	terse  bool
}

// Terse is a Trial that can leave most of its sentences out, and what it would
// take to go on: a simulation asks for outcomes, a million times over.
type Terse interface{ Terse() }

// Terse leaves sentences out from now on.
func (t *sequential) Terse() {
	t.terse = true
	for _, c := range t.claims {
		c.terse = true
	}
}

func newSequential(name string, p Promise, o intake, least uint64) sequential {
	return sequential{name: name, p: p, in: o, least: least, part: 1}
}

// leastPart is the smallest part of a proof: a Step is worth some requests.
const leastPart = .001

func (t *sequential) Aim(part float64) { t.part = min(max(part, leastPart), 1) }

func (t *sequential) NextStep() {
	target, keep := t.p.passAt(), t.part
	if keep == 1 {
		keep = keepMost
	}
	for _, c := range t.claims {
		c.nextStep(target*t.part, target*keep)
	}
	t.part = 1
}

func (t *sequential) alone() {
	for _, c := range t.claims {
		c.step.BaseN, c.step.BaseX = 0, 0
	}
}

// take adds a look to the counts that Reasons show; what stable served before
// the candidate's first request is left out.
func (t *sequential) take(delta evidence.Evidence) {
	if t.in.sum.Candidate.Requests == 0 && delta.Candidate.Requests == 0 {
		delta.Stable = evidence.Counts{}
	}
	t.in.take(delta)
}

// LogE is the logarithm of the gate's e-value against the candidate: the mean
// over its claims, which keeps alpha whatever their dependence.
func (t *sequential) LogE() float64 {
	if len(t.claims) == 0 {
		return 0
	}
	logE, _ := t.worst()
	return logE
}

func (t *sequential) worst() (logE float64, worst *claim) {
	top := math.Inf(-1)
	var sum, weights float64
	for _, c := range t.claims {
		if e := c.logBreach() + math.Log(c.weight); c.weight > 0 && (worst == nil || e > top) {
			top, worst = e, c
		}
	}
	if worst == nil { // nothing can speak against the candidate
		return 0, nil
	}
	for _, c := range t.claims {
		sum += math.Exp(c.logBreach() + math.Log(c.weight) - top)
		weights += c.weight
	}
	return top + math.Log(sum/weights), worst
}

// level tells the claims what each must come to if it alone fails the candidate.
func (t *sequential) level() {
	all := 0.
	for _, c := range t.claims {
		all += c.weight
	}
	for _, c := range t.claims {
		c.level = t.p.failAt() + math.Log(all/c.weight)
	}
}

// decide answers with what is known; seen is what was observed, in words.
func (t *sequential) decide(seen string) Verdict {
	t.seen = seen
	if t.failed != nil {
		return *t.failed
	}
	if why := t.in.stale(); why != "" {
		return waiting(t.name, why)
	}
	if len(t.claims) == 0 {
		return Verdict{Gate: t.name, Outcome: Inconclusive, Reason: seen, Missing: "candidate requests"}
	}
	if logE, c := t.worst(); logE >= t.p.failAt() {
		v := verdict(t.name, seen, []finding{failed(c.limit + "; " + odds(logE))})
		t.failed = &v
		return v
	}
	var findings []finding
	for _, c := range t.claims {
		if c.proof != nil {
			findings = append(findings, t.sure(c))
		}
	}
	return verdict(t.name, seen, findings)
}

// sure holds a pass back until the Step has the candidate requests asked for.
func (t *sequential) sure(c *claim) finding {
	f := c.finding(t.p.passAt() * c.bursts.early(t.part))
	if have := uint64(c.step.N); f.outcome == Pass && have < max(t.least, 1) {
		return tooFew(c.limit, have, max(t.least, 1))
	}
	return f
}
