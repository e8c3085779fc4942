package gate

import (
	"fmt"
	"math"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// fixedErrors compares the rates of one Step with fixed limits once enough
// requests are in. It makes no promise about chance.
type fixedErrors struct{ o ErrorsOptions }

func (g fixedErrors) Name() string               { return g.o.Name }
func (g fixedErrors) Queries() map[string]string { return nil }

func (g fixedErrors) Question() string {
	return fmt.Sprintf("%s, over at least %s", g.o.question(), plural(g.o.MinRequests, "candidate request"))
}

func (g fixedErrors) Begin() Trial {
	return &fixedErrorsTrial{o: g.o, in: newIntake(g.o.MaxAge)}
}

type fixedErrorsTrial struct {
	o      ErrorsOptions
	in     intake
	failed bool
}

func (t *fixedErrorsTrial) NextStep() {
	t.in.clear()
	t.failed = false
}

func (t *fixedErrorsTrial) Look(delta evidence.Evidence) Verdict {
	t.in.take(t.o.Against.view(delta))
	// What has failed on current samples stays failed when they dry up.
	if why := t.in.stale(); why != "" && !t.failed {
		return waiting(t.o.Name, why)
	}
	stable, _ := t.in.stable(t.o.MinRequests)
	v := verdict(t.o.Name, t.o.seen(t.in.sum.Candidate, stable), t.findings())
	t.failed = v.Outcome == Fail
	return v
}

func (t *fixedErrorsTrial) findings() []finding {
	var out []finding
	if t.o.Max != nil {
		out = append(out, t.againstLimit(*t.o.Max))
	}
	if t.o.Regression != nil {
		out = append(out, t.againstStable(*t.o.Regression))
	}
	if t.o.watchesHangUps() && t.hangUps() {
		out = append(out, failed(t.o.hangUpLimit()))
	}
	return out
}

// hangUps says that callers hang up on the candidate more than they may.
func (t *fixedErrorsTrial) hangUps() bool {
	c, need := t.o.hangUps(t.in.sum.Candidate), t.o.MinRequests
	before, _ := t.in.stable(need)
	rate, _ := t.o.hangUps(before).ErrorRate()
	return c.Requests >= need && before.Requests >= need &&
		float64(c.Errors) > max(1, allowed(min(hangUpRegression*rate+*t.o.Max, 1), c.Requests))
}

func (t *fixedErrorsTrial) againstLimit(limit float64) finding {
	c, need := t.o.failures(t.in.sum.Candidate), t.o.MinRequests
	words := percent(limit)
	// Certain early: were all the requests still to come good, it would not help.
	if float64(c.Errors) > allowed(limit, max(c.Requests, need)) {
		if c.Requests < need {
			words += fmt.Sprintf(" of %s", plural(need, "request"))
		}
		return failed(words)
	}
	if c.Requests < need {
		return tooFew(words, c.Requests, need)
	}
	return passed(words)
}

// againstStable forgives a single failed request: where stable has none at all,
// it would otherwise decide alone.
func (t *fixedErrorsTrial) againstStable(factor float64) finding {
	c, need := t.o.compared(t.in.sum.Candidate), t.o.MinRequests
	stable, earlier := t.in.stable(need)
	stable = t.o.compared(stable)
	words := againstWords(t.o.Against.times(factor), earlier)
	rate, ok := stable.ErrorRate()
	switch {
	case !ok:
		return unsure(words, t.o.Against.the()+" has served no requests to compare with", t.o.Against.name()+" requests", 0)
	case c.Requests < need:
		return tooFew(words, c.Requests, need)
	case stable.Requests < need:
		return tooFewOf(t.o.Against, words, stable.Requests, need)
	case float64(c.Errors) > max(1, allowed(min(factor*rate, 1), c.Requests)):
		return failed(words)
	}
	return passed(words)
}

// allowed is the largest whole number of errors within a share of n requests;
// the tiny addition keeps 29% of 100 from being 28.
func allowed(share float64, n uint64) float64 {
	return math.Floor(share*float64(n)*(1+1e-12) + 1e-9)
}

func tooFew(limit string, have, need uint64) finding {
	return unsure(limit, fmt.Sprintf("%s are needed", plural(need, "request")),
		plural(need-have, "more candidate request"), float64(have)/float64(need))
}

func tooFewOf(p Peer, limit string, have, need uint64) finding {
	return unsure(limit, fmt.Sprintf("%s of %s are needed", plural(need, "request"), p.the()),
		plural(need-have, "more "+p.name()+" request"), float64(have)/float64(need))
}

// againstWords says when the peer's numbers are older than the candidate's.
func againstWords(limit string, earlier bool) string {
	if earlier {
		return limit + " in the step before"
	}
	return limit
}

// seenErrors is what was observed, in words.
func seenErrors(p Peer, candidate, stable evidence.Counts) string {
	rate, ok := candidate.ErrorRate()
	if !ok {
		return "no candidate requests seen"
	}
	seen := fmt.Sprintf("candidate fails %s of %s", percent(rate), plural(candidate.Requests, "request"))
	if rate, ok := stable.ErrorRate(); ok {
		seen += fmt.Sprintf(", %s %s of %s", p.name(), percent(rate), count(stable.Requests))
	}
	return seen
}
