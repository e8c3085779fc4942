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
	t.level()
	return t
}

// hangUpClaim looks for a candidate whose callers hang up; a pass does not wait
// for a proof that they do not.
func hangUpClaim(o ErrorsOptions) *claim {
	return &claim{limit: o.hangUpLimit(), weight: hangUpWeight, paired: true, peer: o.Against, bursts: bursts{set: o.Cluster, single: true},
		breach: seq.RatioAbove(hangUpRegression, *o.Max), free: seq.RatioAbove(hangUpRegression, *o.Max)}
}

type seqErrorsTrial struct {
	sequential
	o       ErrorsOptions
	count   []tally // by claim
	abreast abreast
}

// ask adds a claim about what the tally counts.
func (t *seqErrorsTrial) ask(of tally, c *claim) {
	t.claims, t.count = append(t.claims, c), append(t.count, of)
}

func (t *seqErrorsTrial) Look(delta evidence.Evidence) Verdict {
	before := former(delta)
	delta = t.o.Against.view(delta)
	t.take(delta)
	both := t.abreast.both(delta)
	for i, claim := range t.claims {
		seen := delta
		if claim.paired {
			seen = both
		}
		of := t.count[i]
		claim.look(errorCounts(of(seen.Candidate), of(seen.Stable)), errorCounts(evidence.Counts{}, of(before)), delta)
	}
	if t.terse {
		return t.decide("")
	}
	return t.decide(t.o.seen(t.in.sum.Candidate, t.in.sum.Stable) + t.late())
}

// late says that counts are late, where there is a comparison to wait for them.
func (t *seqErrorsTrial) late() string {
	for _, c := range t.claims {
		if c.paired {
			return t.abreast.words(t.o.Against)
		}
	}
	return ""
}

func (t *seqErrorsTrial) alone() {
	t.abreast.alone = true
	t.sequential.alone()
}

// errorCounts are the requests and errors of both versions.
func errorCounts(c, s evidence.Counts) seq.Counts {
	return seq.Counts{N: float64(c.Requests), X: float64(c.Errors), BaseN: float64(s.Requests), BaseX: float64(s.Errors)}
}

func (t *seqErrorsTrial) learn(window evidence.Evidence) {
	before := former(window)
	for i, c := range t.claims {
		c.bursts.after(seq.Counts{}, errorCounts(evidence.Counts{}, t.count[i](before)), window)
	}
}

// limitClaim is about a share of bad requests against a fixed limit.
func limitClaim(words string, limit float64, p Promise) *claim {
	// A limit of 1 leaves nothing to bet on.
	limit = min(limit, 1-1e-9)
	return &claim{limit: words, within: words, weight: 1, bursts: bursts{set: p.Cluster, alone: true},
		breach: seq.LimitAbove(limit), free: seq.ExcessAbove(limit), guard: guard{test: seq.ExcessAbove(limit)}, proof: seq.LimitBelow(limit)}
}

// ratioClaim is about a share of bad requests against m times the peer's.
func ratioClaim(m float64, peer Peer, p Promise) *claim {
	return &claim{weight: 1, paired: true, peer: peer, bursts: bursts{set: p.Cluster},
		breach: seq.RatioAbove(m, 0), free: seq.SharesAbove(m), guard: guard{test: seq.SharesAbove(m)}, proof: seq.RatioBelow(m, p.Effect)}
}
