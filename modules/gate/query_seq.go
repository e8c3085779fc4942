package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// seqQuery bets on the side of its bounds that each answer falls on. A good
// candidate's answers are above max at most half the time, and below min at most half
// the time; a bad one's are on one of these sides at least that often.
type seqQuery struct{ o QueryOptions }

func (g seqQuery) Name() string               { return g.o.Name }
func (g seqQuery) Queries() map[string]string { return map[string]string{g.o.Name: g.o.PromQL} }

func (g seqQuery) Question() string {
	return fmt.Sprintf("%s %s in the middle of its answers%s", g.o.PromQL, g.o.bounds(), g.o.words())
}

func (g seqQuery) Begin() Trial {
	t := &seqQueryTrial{o: g.o, part: 1}
	if g.o.Max != nil {
		t.sides = append(t.sides, newQuerySide(*g.o.Max, true))
	}
	if g.o.Min != nil {
		t.sides = append(t.sides, newQuerySide(*g.o.Min, false))
	}
	return t
}

type seqQueryTrial struct {
	o       QueryOptions
	sides   []*querySide
	memory  seq.Memory
	answers answers
	part    float64
	failed  *Verdict
}

func (t *seqQueryTrial) Aim(part float64) { t.part = min(max(part, .01), 1) }

func (t *seqQueryTrial) NextStep() {
	if t.answers.all > 0 {
		for _, s := range t.sides {
			s.nextStep(&t.memory, t.o.passAt()*min(t.part, keepMost), t.part == 1)
		}
	}
	t.part = 1
}

// LogE is the logarithm of the e-value against the candidate: the mean over its
// bounds.
func (t *seqQueryTrial) LogE() float64 {
	all := make([]float64, len(t.sides))
	for i, s := range t.sides {
		all[i] = s.against(&t.memory).LogE()
	}
	return seq.LogMean(all...)
}

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
		t.memory.Look(v.Value)
		for _, s := range t.sides {
			s.take(v.Value)
		}
	}
	return t.decide()
}

func (t *seqQueryTrial) decide() Verdict {
	seen, words := t.seen(), t.o.bounds()
	if e := t.LogE(); e >= t.o.failAt() {
		v := verdict(t.o.Name, seen, []finding{failed(words + "; " + odds(e))})
		t.failed = &v
		return v
	}
	target := t.o.passAt() * t.part
	bet, eta := t.least()
	switch {
	case bet.LogE() < target:
		more := bet.Until(target, seq.Counts{}, eta)
		return verdict(t.o.Name, seen, []finding{unsure(words, "limit "+words+t.together(eta),
			fmt.Sprintf("%s inside, %s apart", about(more, "more look"), duration(t.o.Every)), t.progress())})
	case !t.o.inside(t.memory.Mean()):
		return verdict(t.o.Name, seen, []finding{unsure(words, fmt.Sprintf("most answers lie inside, their mean of %s does not: a few large ones make it up", number(t.memory.Mean())),
			"a query over a longer time", t.progress())})
	}
	return verdict(t.o.Name, seen, []finding{passed(words + proven("one mostly outside", target))})
}

// least is the bound for which the least is proven.
func (t *seqQueryTrial) least() (bet *seq.Limit, eta float64) {
	for _, s := range t.sides {
		if b, e := s.inFavour(&t.memory, t.part == 1); bet == nil || b.LogE() < bet.LogE() {
			bet, eta = b, e
		}
	}
	return bet, eta
}

// together says how many answers count as one where that is more than one.
func (t *seqQueryTrial) together(eta float64) string {
	if !t.memory.Known() || 1/eta < 1.5 {
		return ""
	}
	return fmt.Sprintf("; its answers hang together, some %.0f count as one", 1/eta)
}

func (t *seqQueryTrial) seen() string {
	a := t.answers
	return fmt.Sprintf("%s, outside %s of %s", number(a.last), count(a.outside), plural(a.all, "look"))
}

func (t *seqQueryTrial) progress() float64 {
	bet, _ := t.least()
	return min(max(bet.LogE()/(t.o.passAt()*t.part), 0), 1)
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
