package gate

import "github.com/headgate-ci/headgate/modules/evidence"

// Peer is the version of before that a candidate is compared with.
type Peer string

// The peers.
const (
	PeerStable Peer = "stable"
	// PeerBaseline is stable's version started anew: Pods as young as the
	// candidate's, with caches as cold.
	PeerBaseline Peer = "baseline"
)

// view is a look with the peer's counts in stable's place. What stable's old Pods
// served, before the candidate or beside it, is then in no comparison: that is
// what a baseline is for.
func (p Peer) view(delta evidence.Evidence) evidence.Evidence {
	if p == PeerBaseline {
		delta.Stable, delta.Reported.Stable = delta.Baseline, delta.Reported.Baseline
	}
	delta.Baseline = evidence.Counts{}
	return delta
}

// former is all that the old version served in a look, by old Pods or new ones.
// How errors cluster does not depend on that, so stable's own tell it before the
// baseline has served any.
func former(delta evidence.Evidence) evidence.Counts { return delta.Stable.Add(delta.Baseline) }

// name is the peer's in words.
func (p Peer) name() string {
	if p == PeerBaseline {
		return string(p)
	}
	return string(PeerStable)
}

// the is the peer's name within a sentence.
func (p Peer) the() string {
	if p == PeerBaseline {
		return "the baseline"
	}
	return p.name()
}

// times writes a factor: "1.5 times stable".
func (p Peer) times(factor float64) string { return number(factor) + " times " + p.the() }
