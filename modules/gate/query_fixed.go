package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// fixedQuery wants the answer on one side of its bounds for some looks in a row.
type fixedQuery struct{ o QueryOptions }

func (g fixedQuery) Name() string               { return g.o.Name }
func (g fixedQuery) Queries() map[string]string { return map[string]string{g.o.Name: g.o.PromQL} }
func (g fixedQuery) Begin() Trial               { return &fixedQueryTrial{o: g.o} }

func (g fixedQuery) Question() string {
	return fmt.Sprintf("%s %s, %s in a row", g.o.PromQL, g.o.bounds(), looks(g.o.Looks, "look"))
}

type fixedQueryTrial struct {
	o      QueryOptions
	newest time.Time
	last   float64
	inside bool
	run    int // looks in a row on the side that inside names
}

func (t *fixedQueryTrial) NextStep() { t.run = 0 }

func (t *fixedQueryTrial) Look(delta evidence.Evidence) Verdict {
	v, why := currentAnswer(delta, t.o)
	if why != "" {
		return t.noAnswer(why)
	}
	t.take(v)
	return t.verdict()
}

// take counts an answer once, however often it is read, and those that lie closer
// than Every as one.
func (t *fixedQueryTrial) take(v evidence.Value) {
	if v.At.Sub(t.newest) < t.o.Every {
		return
	}
	inside := t.o.inside(v.Value)
	if inside != t.inside {
		t.run = 0
	}
	t.run++
	t.inside, t.last, t.newest = inside, v.Value, v.At
}

func (t *fixedQueryTrial) verdict() Verdict {
	v := Verdict{Gate: t.o.Name, Outcome: Inconclusive}
	v.Progress = min(float64(t.run)/float64(t.o.Looks), 1)
	v.Reason = fmt.Sprintf("%s, for %s in a row; limit %s", number(t.last), looks(t.run, "look"), t.o.bounds())
	switch {
	case t.run < t.o.Looks:
		v.Missing = looks(t.o.Looks-t.run, "more look")
	case t.inside:
		v.Outcome = Pass
	default:
		v.Outcome = Fail
	}
	return v
}

// noAnswer keeps the run as it is: a gap is neither good nor bad.
func (t *fixedQueryTrial) noAnswer(why string) Verdict {
	return Verdict{Gate: t.o.Name, Outcome: Inconclusive, Reason: why, Missing: "an answer to " + t.o.PromQL,
		Progress: min(float64(t.run)/float64(t.o.Looks), 1)}
}

// currentAnswer is the query's answer, or why there is none to count: no number,
// an old one, or one about what was before the candidate.
func currentAnswer(e evidence.Evidence, o QueryOptions) (v evidence.Value, why string) {
	v, there := e.Values[o.Name]
	age := e.End.Sub(v.At)
	switch {
	case !there || !v.OK || math.IsNaN(v.Value) || math.IsInf(v.Value, 0):
		return v, "the query gave no number (a ratio gives none while its divisor is 0: ask for a difference, such as a - 1.5 * b, or divide by b + 1)"
	case !v.At.IsZero() && age > o.MaxAge:
		return v, fmt.Sprintf("the answer is %s old; at most %s is taken as current",
			duration(age.Round(time.Second)), duration(o.MaxAge))
	}
	if v.At.IsZero() {
		v.At = e.End
	}
	return v, o.early(v, e.OnTrial)
}
