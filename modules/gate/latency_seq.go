package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// seqLatency bets on "slower than a bucket bound", request by request: at a
// bound a histogram knows each request's side exactly.
type seqLatency struct{ o LatencyOptions }

func (g seqLatency) Name() string               { return g.o.Name }
func (g seqLatency) Queries() map[string]string { return nil }
func (g seqLatency) Question() string           { return g.o.question() + g.o.words() }

func (g seqLatency) Begin() Trial {
	return &seqLatencyTrial{
		sequential: newSequential(g.o.Name, g.o.Promise, newIntake(g.o.MaxAge), g.o.MinRequests), o: g.o}
}

type seqLatencyTrial struct {
	sequential
	o       LatencyOptions
	stable  evidence.Histogram // all of the peer's looks but the current one
	limit   *boundClaim
	against []*tailClaim
}

// boundClaim is a claim about the requests slower than a bucket bound.
type boundClaim struct {
	*claim
	bound time.Duration
}

// tailClaim compares with stable at a bound. How many more slow requests are
// allowed follows from stable's distribution and gets clearer with every look.
type tailClaim struct {
	boundClaim
	bets  []*seq.Ratio // that more are slower
	proof *seq.Ratio   // that no more are; nil where only bets are made
	extra float64      // how many more are allowed, as a share
}

// allow sets how many requests may be slower than the bound, for the looks to
// come, by what stable has shown so far.
func (c *tailClaim) allow(stable evidence.Histogram, o LatencyOptions) {
	limit, ok := slowLimit(stable, c.bound, o.Quantile, *o.Regression)
	if !ok {
		return
	}
	now := 1 - float64(stable.Buckets[c.bound])/float64(stable.Total)
	extra := max(limit-now, 0)
	c.set(extra, fmt.Sprintf("%s (at most %s above %s)", o.Against.times(*o.Regression), percent(now+extra), duration(c.bound)), o)
}

// set has the claim allow extra more slow requests than stable has.
func (c *tailClaim) set(extra float64, words string, o LatencyOptions) {
	for _, b := range c.bets {
		b.SetDelta(extra)
	}
	if c.proof != nil {
		c.proof.SetDelta(max(extra, o.Effect))
	}
	c.extra, c.limit, c.within = extra, words, words
}

func (t *seqLatencyTrial) Look(delta evidence.Evidence) Verdict {
	old := former(delta).Latency
	delta = t.o.Against.view(delta)
	t.take(delta)
	t.settle(delta)
	if t.limit != nil {
		t.limit.lookAt(delta, old)
	}
	for _, c := range t.against {
		c.allow(t.stable, t.o)
		c.lookAt(delta, old)
	}
	t.stable = t.stable.Add(delta.Stable.Latency)
	if why := t.unsettled(); why != "" && t.failed == nil && t.in.stale() == "" {
		t.seen = t.observed()
		return Verdict{Gate: t.name, Outcome: Inconclusive, Reason: t.seen + "; " + why, Missing: t.o.Against.name() + " requests"}
	}
	return t.decide(t.observed())
}

// settle makes the claims as soon as the bucket bounds, and for a comparison
// stable's own distribution, are known.
func (t *seqLatencyTrial) settle(delta evidence.Evidence) {
	if t.o.Max != nil && t.limit == nil {
		if _, used, ok := delta.Candidate.Latency.AtMost(*t.o.Max); ok && delta.Candidate.Latency.Total > 0 {
			t.limitAt(used)
		}
	}
	if t.o.Regression != nil && t.against == nil && float64(t.stable.Total)*(1-t.o.Quantile) >= wellKnown {
		t.compareAt(boundsNear(t.stable, t.o.Quantile))
	}
}

// limitAt makes the claim about the limit, at a bucket bound.
func (t *seqLatencyTrial) limitAt(bound time.Duration) {
	c := limitClaim(limitWords(*t.o.Max, bound), 1-t.o.Quantile, t.o.Promise)
	t.limit = &boundClaim{c, bound}
	t.claims = t.ordered()
}

// wellKnown is how many requests of stable above the quantile describe its tail.
const wellKnown = 5

// compareAt bets at the bound nearest to stable's quantile, the first, and, with
// less, at its neighbours. The nearest and the one above it must be proven for a
// pass: a few very slow requests show only there.
func (t *seqLatencyTrial) compareAt(bounds []time.Duration) {
	for i, b := range bounds {
		breach, burst := seq.RatioAbove(1, 0), seq.RatioAbove(1, 0)
		c := &claim{paired: true, peer: t.o.Against, weight: .25, bursts: bursts{set: t.o.Cluster}, breach: breach, burst: burst}
		tail := &tailClaim{boundClaim: boundClaim{c, b}, bets: []*seq.Ratio{breach, burst}}
		if i == 0 {
			c.weight = .5
		}
		if i == 0 || b > bounds[0] {
			tail.proof = seq.RatioBelow(1, t.o.Effect)
			c.proof = tail.proof
		}
		t.against = append(t.against, tail)
	}
	t.claims = t.ordered()
}

// unsettled says, in words, why the gate's limits cannot be tested yet.
func (t *seqLatencyTrial) unsettled() string {
	h := t.in.sum.Candidate.Latency
	switch {
	case t.o.Max != nil && t.limit == nil && h.Total > 0:
		return noBound(h, *t.o.Max)
	case t.o.Regression != nil && t.against == nil:
		return fmt.Sprintf("%s has served %s; its %s takes %s to know", t.o.Against.the(), plural(t.stable.Total, "timed request"),
			quantileName(t.o.Quantile), count(uint64(math.Ceil(wellKnown/(1-t.o.Quantile)-1e-6))))
	}
	return ""
}

func (t *seqLatencyTrial) observed() string {
	return seenLatency(t.o, t.in.sum.Candidate.Latency, t.in.sum.Stable.Latency)
}

// lookAt bets on a look; one whose histograms lack the bound is no evidence.
func (c *boundClaim) lookAt(delta evidence.Evidence, former evidence.Histogram) {
	h := delta.Candidate.Latency
	fast, ok := h.Buckets[c.bound]
	n := seq.Counts{N: float64(h.Total), X: float64(h.Total - min(fast, h.Total))}
	if !ok {
		n.N, n.X = 0, 0
	}
	var old seq.Counts
	n.BaseN, n.BaseX = slowerThan(delta.Stable.Latency, c.bound)
	old.BaseN, old.BaseX = slowerThan(former, c.bound)
	c.look(n, old, delta)
}

// slowerThan is how many requests there are, and how many took longer than one
// of the bounds; none where the histogram lacks it.
func slowerThan(h evidence.Histogram, bound time.Duration) (all, slow float64) {
	fast, ok := h.Buckets[bound]
	if !ok {
		return 0, 0
	}
	return float64(h.Total), float64(h.Total - min(fast, h.Total))
}
