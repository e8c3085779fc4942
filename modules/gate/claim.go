package gate

import (
	"math"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// test is an e-process of package seq.
type test interface {
	Look(c seq.Counts, eta float64)
	LogE() float64
	Until(target float64, c seq.Counts, eta float64) float64
	Renew()
	Cap(logE float64)
}

// claim is one limit, bet on from both sides: that the candidate breaks it, and
// that it keeps it.
type claim struct {
	limit  string  // in words, for a fail
	within string  // in words, for a pass
	weight float64 // part of the gate's alpha
	paired bool    // compares with a peer
	peer   Peer
	breach test // the candidate is worse, by clusters of the size known
	burst  test // the same by bursts, good for any size; half of the bet while none is known
	proof  test // the candidate is no worse; nil where only a breach is looked for
	bursts bursts

	terse   bool
	started bool
	sized   bool       // the cluster size was known when the bet began
	step    seq.Counts // of this Step
	proven  bool       // at the end of the Step before
}

// look bets on one look's counts; old has all that the old version served, also
// where the claim compares with a part of it.
func (c *claim) look(n, old seq.Counts, window evidence.Evidence) {
	against, inFavour, known := c.bursts.sizes()
	if !c.started && n.N > 0 {
		c.started, c.sized = true, known
	}
	c.breach.Look(n, 1/against)
	c.bet(n)
	if c.proof != nil {
		c.proof.Look(n, 1/inFavour)
	}
	c.bursts.after(n, old, window)
	c.step.N, c.step.X = c.step.N+n.N, c.step.X+n.X
	c.step.BaseN, c.step.BaseX = c.step.BaseN+n.BaseN, c.step.BaseX+n.BaseX
}

// bet counts at most one error a bin. Against a limit the rest of a bin that has
// had its error tells nothing more.
func (c *claim) bet(n seq.Counts) {
	if c.bursts.counted && !c.paired {
		return
	}
	n.X = c.bursts.first(n.X)
	c.burst.Look(n, 1)
}

func (c *claim) logBreach() float64 {
	if c.sized {
		return c.breach.LogE()
	}
	return seq.LogMean(c.breach.LogE(), c.burst.LogE())
}

// nextStep keeps what was learned, but a pass must be earned anew in part: of
// the proof only keep (as a logarithm) is taken along.
func (c *claim) nextStep(target, keep float64) {
	if !c.started {
		c.step = seq.Counts{} // what stable served before is no part of a split
		return
	}
	c.breach.Renew()
	c.burst.Renew()
	if c.proof != nil {
		c.proven = c.logProof() >= target || c.unopposed() && c.proven
		c.proof.Cap(keep)
	}
	c.step = seq.Counts{}
}

func (c *claim) logProof() float64 { return c.proof.LogE() }

// unopposed says that the peer serves nothing in this Step, as at a weight of 100:
// a comparison can learn nothing there and stands on the Steps before.
func (c *claim) unopposed() bool { return c.paired && c.step.N > 0 && c.step.BaseN == 0 }

// finding is what the proof says; target is the logarithm it must reach.
func (c *claim) finding(target float64) finding {
	have := c.logProof()
	switch {
	case c.unopposed() && c.proven:
		return passed(c.within + ", proven before " + c.peer.the() + " went idle")
	case have >= target:
		return passed(c.within + c.odds(target))
	case c.terse:
		return unsure(c.limit, "not yet proven", "more candidate requests", have/target)
	}
	_, k, _ := c.bursts.sizes()
	more := c.proof.Until(target, c.step, 1/k)
	missing := "more candidate requests"
	switch {
	case c.unopposed():
		missing = c.peer.name() + " requests to compare with"
	case more < 1e12:
		missing = about(more, "more candidate request") + " if none is bad"
	}
	return unsure(c.limit, "not yet proven within or beyond "+c.limit, missing, have/target)
}

func (c *claim) odds(target float64) string {
	words := proven("a worse candidate", target)
	if words == enough {
		return words
	}
	_, k, known := c.bursts.sizes()
	switch {
	case !known:
		return words + ", if errors come at most " + number(math.Round(k*10)/10) + " at once"
	case k > 1:
		return words + ", errors counted in clusters of " + number(math.Round(k*10)/10)
	}
	return words
}
