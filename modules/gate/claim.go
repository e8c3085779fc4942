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
	free   test // the same by whole bins, good for any size
	guard  guard
	proof  test // the candidate is no worse; nil where only a breach is looked for
	bursts bursts

	terse   bool
	started bool
	share   float64    // of the bet that needs no size, from when the bet began
	level   float64    // what fails the candidate, if this claim alone does
	asked   float64    // the largest size that the proof reckoned with
	step    seq.Counts // of this Step
	proven  bool       // at the end of the Step before
}

// look bets on one look's counts; old has all that the old version served, also
// where the claim compares with a part of it.
func (c *claim) look(n, old seq.Counts, window evidence.Evidence) {
	s := c.bursts.now(n, window)
	if !c.started && n.N > 0 {
		c.started, c.share = true, c.bursts.share(s.known)
	}
	c.against(n, s, window)
	if c.proof != nil {
		c.reckon(s.inFavour)
		c.proof.Look(c.bursts.whole(n, s), 1/s.inFavour)
	}
	c.bursts.after(n, old, window)
	c.step.N, c.step.X = c.step.N+n.N, c.step.X+n.X
	c.step.BaseN, c.step.BaseX = c.step.BaseN+n.BaseN, c.step.BaseX+n.BaseX
}

// against bets on a look by clusters, and by bins.
func (c *claim) against(n seq.Counts, s sizes, window evidence.Evidence) {
	bin, ok := c.bursts.closed(n, window)
	if c.bursts.single {
		// The peer is counted at another bound, so one size must do for both.
		c.breach.Look(n, 1/max(s.own, s.base))
		c.free.Look(c.bursts.first(n), 1)
		return
	}
	c.breach.Look(s.units(n), 1)
	if ok && !c.bursts.burst {
		c.free.Look(bin, 1)
		c.guard.look(bin, c.paired)
	}
}

// reckon has the proof count what it has by clusters of size k, if they turn out
// to be larger than was reckoned with: part of what was won is given away.
func (c *claim) reckon(k float64) {
	if !c.started {
		return
	}
	if e := c.proof.LogE(); c.asked > 0 && k > c.asked && e > 0 {
		c.proof.Cap(e * c.asked / k)
	}
	c.asked = max(c.asked, k)
}

// logBreach is what speaks against the candidate: the mean of both bets, and no
// more than the guard lets through.
func (c *claim) logBreach() float64 {
	if c.share == 0 {
		return c.breach.LogE()
	}
	e := seq.LogMix(c.breach.LogE(), c.free.LogE(), c.share)
	if c.bursts.single || c.bursts.recurring() {
		return e // bins say nothing, or no more
	}
	return min(e, c.guard.most(c.level))
}

// nextStep keeps what was learned, but a pass must be earned anew in part: of
// the proof only keep (as a logarithm) is taken along.
func (c *claim) nextStep(target, keep float64) {
	if !c.started {
		c.step = seq.Counts{} // what stable served before is no part of a split
		return
	}
	c.breach.Renew()
	c.free.Renew()
	c.bursts.bin, c.bursts.binOpen = seq.Counts{}, 0 // of two weights it would tell nothing
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
	k := c.bursts.sizes().inFavour
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
	sizes := c.bursts.sizes()
	k, known := sizes.inFavour, sizes.known
	switch {
	case !known:
		return words + ", if errors come at most " + number(math.Round(k*10)/10) + " at once"
	case k > 1:
		return words + ", errors counted in clusters of " + number(math.Round(k*10)/10)
	}
	return words
}
