package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// seqQuery bets on the side of its bounds that each answer falls on. A good
// candidate's answers are outside at most half the time, a bad one's inside at
// most half the time.
type seqQuery struct{ o QueryOptions }

func (g seqQuery) Name() string               { return g.o.Name }
func (g seqQuery) Queries() map[string]string { return map[string]string{g.o.Name: g.o.PromQL} }

func (g seqQuery) Question() string {
	return fmt.Sprintf("%s %s most of the time%s", g.o.PromQL, g.o.bounds(), g.o.words())
}

func (g seqQuery) Begin() Trial {
	t := &seqQueryTrial{o: g.o, part: 1}
	t.breach, t.proof = seq.LimitAbove(.5), seq.LimitBelow(.5)
	return t
}

type seqQueryTrial struct {
	o             QueryOptions
	breach, proof *seq.Limit
	answers       answers
	part          float64
	failed        *Verdict
}

func (t *seqQueryTrial) Aim(part float64) { t.part = min(max(part, .01), 1) }

func (t *seqQueryTrial) NextStep() {
	if t.answers.all > 0 {
		t.breach.Renew()
		t.proof.Cap(t.o.passAt() * min(t.part, keepMost))
	}
	t.part = 1
}

// LogE is the logarithm of the e-value against the candidate.
func (t *seqQueryTrial) LogE() float64 { return t.breach.LogE() }

func (t *seqQueryTrial) Look(delta evidence.Evidence) Verdict {
	v, why := currentAnswer(delta, t.o)
	switch {
	case t.failed != nil:
		return *t.failed
	case why != "":
		return Verdict{Gate: t.o.Name, Outcome: Inconclusive, Reason: why, Missing: "an answer to " + t.o.PromQL,
			Progress: t.progress()}
	}
	if t.answers.take(v, t.o) {
		n := seq.Counts{N: 1}
		if !t.o.inside(v.Value) {
			n.X = 1
		}
		t.breach.Look(n, 1)
		t.proof.Look(n, 1)
	}
	return t.decide()
}

func (t *seqQueryTrial) decide() Verdict {
	seen := t.seen()
	target := t.o.passAt() * t.part
	words := t.o.bounds()
	switch e := t.breach.LogE(); {
	case e >= t.o.failAt():
		v := verdict(t.o.Name, seen, []finding{failed(words + "; " + odds(e))})
		t.failed = &v
		return v
	case t.proof.LogE() >= target:
		return verdict(t.o.Name, seen, []finding{passed(words + proven("one mostly outside", target))})
	}
	more := t.proof.Until(target, seq.Counts{}, 1)
	return verdict(t.o.Name, seen, []finding{unsure(words, "limit "+words,
		fmt.Sprintf("%s inside, %s apart", about(more, "more look"), duration(t.o.Every)), t.progress())})
}

func (t *seqQueryTrial) seen() string {
	a := t.answers
	return fmt.Sprintf("%s, outside %s of %s", number(a.last), count(a.outside), plural(a.all, "look"))
}

func (t *seqQueryTrial) progress() float64 {
	return min(max(t.proof.LogE()/(t.o.passAt()*t.part), 0), 1)
}

// answers counts a query's answers that lie far enough apart to be new ones.
type answers struct {
	last         float64
	at           time.Time
	all, outside uint64
}

// take says whether an answer counts as a new one.
func (a *answers) take(v evidence.Value, o QueryOptions) bool {
	if a.all > 0 && v.At.Sub(a.at) < o.Every {
		return false
	}
	a.last, a.at = v.Value, v.At
	a.all++
	if !o.inside(v.Value) {
		a.outside++
	}
	return true
}
