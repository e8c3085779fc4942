package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// fixedLatency compares the quantiles of one Step with fixed limits once enough
// requests are in. It makes no promise about chance.
type fixedLatency struct{ o LatencyOptions }

func (g fixedLatency) Name() string               { return g.o.Name }
func (g fixedLatency) Queries() map[string]string { return nil }

func (g fixedLatency) Question() string {
	return fmt.Sprintf("%s, over at least %s", g.o.question(), plural(g.o.MinRequests, "candidate request"))
}

func (g fixedLatency) Begin() Trial {
	return &fixedLatencyTrial{o: g.o, in: newIntake(g.o.MaxAge)}
}

type fixedLatencyTrial struct {
	o      LatencyOptions
	in     intake
	failed bool
}

func (t *fixedLatencyTrial) NextStep() {
	t.in.clear()
	t.failed = false
}

func (t *fixedLatencyTrial) Look(delta evidence.Evidence) Verdict {
	t.in.take(t.o.Against.view(delta))
	if why := t.in.stale(); why != "" && !t.failed {
		return waiting(t.o.Name, why)
	}
	stable, _ := t.in.stable(t.o.MinRequests)
	v := verdict(t.o.Name, seenLatency(t.o, t.in.sum.Candidate.Latency, stable.Latency), t.findings())
	t.failed = v.Outcome == Fail
	return v
}

func (t *fixedLatencyTrial) findings() []finding {
	var out []finding
	if t.o.Max != nil {
		out = append(out, t.againstLimit(*t.o.Max))
	}
	if t.o.Regression != nil {
		out = append(out, t.againstStable(*t.o.Regression))
	}
	return out
}

// againstLimit counts the requests slower than a bucket bound: the histogram
// knows those exactly, while a quantile between bounds is a guess.
func (t *fixedLatencyTrial) againstLimit(limit time.Duration) finding {
	h, need := t.in.sum.Candidate.Latency, t.o.MinRequests
	if h.Total == 0 {
		return tooFew(duration(limit), 0, need)
	}
	slow, used, ok := slower(h, limit)
	if !ok {
		return unsure(duration(limit), noBound(h, limit), "a finer histogram", 0)
	}
	words := limitWords(limit, used)
	if float64(slow) > allowed(1-t.o.Quantile, max(h.Total, need)) {
		return failed(words)
	}
	if h.Total < need {
		return tooFew(words, h.Total, need)
	}
	return passed(words)
}

func (t *fixedLatencyTrial) againstStable(factor float64) finding {
	need := t.o.MinRequests
	stable, earlier := t.in.stable(need)
	words := againstWords(t.o.Against.times(factor), earlier)
	c, s := shared(t.in.sum.Candidate.Latency, stable.Latency)
	switch {
	case s.Total == 0:
		return unsure(words, t.o.Against.the()+" has served no timed requests to compare with", t.o.Against.name()+" requests", 0)
	case c.Total < need:
		return tooFew(words, c.Total, need)
	case s.Total < need:
		return tooFewOf(t.o.Against, words, s.Total, need)
	case len(c.Buckets) == 0:
		return unsure(words, "candidate and "+t.o.Against.the()+" share no bucket bound", "histograms with equal bounds", 0)
	}
	qc, beyondC := quantileOf(c, t.o.Quantile)
	qs, beyondS := quantileOf(s, t.o.Quantile)
	switch limit := time.Duration(factor * float64(qs)); {
	case beyondC && (beyondS || qc < limit):
		return unsure(words, fmt.Sprintf("%s lies above the histogram's highest bound, %s", quantileName(t.o.Quantile), duration(qc)), "a wider histogram", 0)
	case qc > limit || beyondC:
		return failed(words)
	}
	return passed(words)
}

// seenLatency is what was observed, in words.
func seenLatency(o LatencyOptions, c, s evidence.Histogram) string {
	if c.Total == 0 {
		return "no timed candidate requests seen"
	}
	words := fmt.Sprintf("candidate %s %s over %s", quantileName(o.Quantile), quantileWords(c, o.Quantile), plural(c.Total, "request"))
	if o.Max != nil {
		if slow, used, ok := slower(c, *o.Max); ok {
			words += fmt.Sprintf(" (%s slower than %s)", percent(float64(slow)/float64(c.Total)), duration(used))
		}
	}
	if s.Total > 0 {
		words += fmt.Sprintf(", %s %s over %s", o.Against.name(), quantileWords(s, o.Quantile), count(s.Total))
	}
	return words
}
