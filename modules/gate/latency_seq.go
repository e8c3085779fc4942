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
	below time.Duration // where stable is counted for the bets; 0 where none is made
	bets  []*seq.Tail   // that more are slower than any version within the limit has
	proof *seq.Ratio    // that no more are; nil where only bets are made
	extra float64       // how many more a pass allows, as a share
	// The shares of slow requests up to which the candidate passes, and beyond which
	// it fails.
	passes, fails float64
}

// allow sets how many requests may be slower than the bound, for the looks to
// come, by what stable has shown so far.
func (c *tailClaim) allow(stable evidence.Histogram, o LatencyOptions) {
	if stable.Total == 0 {
		return
	}
	now := shareAbove(stable, c.bound)
	within, ok := slowLimit(stable, c.bound, o.Quantile, *o.Regression)
	if !ok {
		return
	}
	most := 1.
	if c.below > 0 {
		most = max(shareAbove(stable, c.below), 1-o.Quantile)
	}
	extra := max(within-now, 0)
	c.passes, c.fails = now+max(extra, o.Effect), most
	c.set(extra, atMostSlower(o, most, c.bound), atMostSlower(o, now+extra, c.bound), o)
}

func atMostSlower(o LatencyOptions, share float64, bound time.Duration) string {
	return fmt.Sprintf("%s (at most %s above %s)", o.Against.times(*o.Regression), percent(share), duration(bound))
}

// set has a pass allow extra more slow requests than stable has.
func (c *tailClaim) set(extra float64, limit, within string, o LatencyOptions) {
	if c.proof != nil {
		c.proof.SetDelta(max(extra, o.Effect))
	}
	c.extra, c.limit, c.within = extra, limit, within
}

// lookAt bets on a look: on the candidate at the bound beside stable at the lower
// one.
func (c *tailClaim) lookAt(delta evidence.Evidence, former evidence.Histogram) {
	n, x := slowerThan(delta.Stable.Latency, c.below)
	for _, b := range c.bets {
		b.Beside(n, x)
	}
	c.boundClaim.lookAt(delta, former)
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
	return t.undecidable(t.decide(t.observed()))
}

// undecidable says where a verdict is open because of the buckets, and not for want
// of requests.
func (t *seqLatencyTrial) undecidable(v Verdict) Verdict {
	if v.Outcome != Inconclusive || t.terse {
		return v
	}
	seen := t.in.sum.Candidate.Latency
	for _, c := range t.against {
		if share := shareAbove(seen, c.bound); c.proof != nil && share > c.passes && share <= c.fails {
			v.Reason += fmt.Sprintf("; between %s and %s above %s these buckets cannot tell", percent(c.passes), percent(c.fails), duration(c.bound))
			v.Missing = "finer latency buckets"
			break
		}
	}
	return v
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
		t.compareAt(comparedBounds(t.stable, t.o.Quantile, *t.o.Regression))
	}
}

// limitAt makes the claim about the limit, at a bucket bound.
func (t *seqLatencyTrial) limitAt(bound time.Duration) {
	c := limitClaim(limitWords(*t.o.Max, bound), 1-t.o.Quantile, t.o.Promise)
	t.limit = &boundClaim{c, bound}
	t.claims = t.ordered()
	t.level()
}

// wellKnown is how many requests of stable above the quantile describe its tail.
const wellKnown = 5

// compareAt makes the claims of a comparison, a bound each.
func (t *seqLatencyTrial) compareAt(bounds []comparedBound) {
	for _, b := range bounds {
		breach, free := seq.TailAbove(1-t.o.Quantile), seq.TailBins(1-t.o.Quantile)
		c := &claim{paired: true, peer: t.o.Against, weight: b.weight, bursts: bursts{set: t.o.Cluster, single: true}, breach: breach, free: free, terse: t.terse}
		tail := &tailClaim{boundClaim: boundClaim{c, b.at}, below: b.below, bets: []*seq.Tail{breach, free}}
		if b.proves {
			tail.proof = seq.RatioBelow(1, t.o.Effect)
			c.proof = tail.proof
		}
		t.against = append(t.against, tail)
	}
	t.claims = t.ordered()
	t.level()
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
