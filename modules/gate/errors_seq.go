package gate

import (
	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// seqErrors bets on errors, request by request.
type seqErrors struct{ o ErrorsOptions }

func (g seqErrors) Name() string               { return g.o.Name }
func (g seqErrors) Queries() map[string]string { return nil }
func (g seqErrors) Question() string           { return g.o.question() + g.o.words() }

func (g seqErrors) Begin() Trial {
	t := &seqErrorsTrial{o: g.o, sequential: newSequential(g.o.Name, g.o.Promise, newIntake(g.o.MaxAge), g.o.MinRequests)}
	if g.o.Max != nil {
		t.ask(g.o.failures, limitClaim(percent(*g.o.Max), *g.o.Max, g.o.Promise))
	}
	if g.o.Regression != nil {
		c := ratioClaim(*g.o.Regression, g.o.Against, g.o.Promise)
		c.limit = g.o.Against.times(*g.o.Regression)
		c.within = c.limit + " and " + percent(g.o.Effect) + " more"
		t.ask(g.o.compared, c)
	}
	if g.o.watchesHangUps() {
		t.ask(g.o.hangUps, hangUpClaim(g.o))
	}
	return t
}

// hangUpClaim looks for a candidate whose callers hang up; a pass does not wait
// for a proof that they do not.
func hangUpClaim(o ErrorsOptions) *claim {
	return &claim{limit: o.hangUpLimit(), weight: hangUpWeight, paired: true, peer: o.Against, bursts: bursts{set: o.Cluster},
		breach: seq.RatioAbove(hangUpRegression, *o.Max), burst: seq.RatioAbove(hangUpRegression, *o.Max)}
}

type seqErrorsTrial struct {
	sequential
	o     ErrorsOptions
	count []tally // by claim
}

// ask adds a claim about what the tally counts.
func (t *seqErrorsTrial) ask(of tally, c *claim) {
	t.claims, t.count = append(t.claims, c), append(t.count, of)
}

func (t *seqErrorsTrial) Look(delta evidence.Evidence) Verdict {
	before := former(delta)
	delta = t.o.Against.view(delta)
	t.take(delta)
	for i, claim := range t.claims {
		c, s, old := t.count[i](delta.Candidate), t.count[i](delta.Stable), t.count[i](before)
		n := seq.Counts{N: float64(c.Requests), X: float64(c.Errors), BaseN: float64(s.Requests), BaseX: float64(s.Errors)}
		claim.look(n, seq.Counts{BaseN: float64(old.Requests), BaseX: float64(old.Errors)}, delta)
	}
	if t.terse {
		return t.decide("")
	}
	return t.decide(t.o.seen(t.in.sum.Candidate, t.in.sum.Stable))
}

// limitClaim is about a share of bad requests against a fixed limit.
func limitClaim(words string, limit float64, p Promise) *claim {
	// A limit of 1 leaves nothing to bet on.
	limit = min(limit, 1-1e-9)
	return &claim{limit: words, within: words, weight: 1, bursts: bursts{set: p.Cluster},
		breach: seq.LimitAbove(limit), burst: seq.BinsAbove(limit), proof: seq.LimitBelow(limit)}
}

// ratioClaim is about a share of bad requests against m times the peer's.
func ratioClaim(m float64, peer Peer, p Promise) *claim {
	return &claim{weight: 1, paired: true, peer: peer, bursts: bursts{set: p.Cluster},
		breach: seq.RatioAbove(m, 0), burst: seq.RatioAbove(m, 0), proof: seq.RatioBelow(m, p.Effect)}
}
