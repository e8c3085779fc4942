package rollout

import "math"

// Bypassed says which versions' counts hold requests that no weight governs: of
// routes that are not edited, where the metrics do not tell them apart.
type Bypassed struct{ Stable, Candidate bool }

// shift is a change of weight as the counts are held against it.
type shift struct {
	before, weight int
	past           Bypassed
	// was is what was counted at the weight before.
	was moved
}

// confirmed says that the requests prove the new weight, or as much of it as can be
// proven where some of them follow none: that the candidate gets more than before,
// or less.
func (s shift) confirmed(m moved) bool {
	switch {
	case s.past == (Bypassed{}):
		return m.confirms(s.before, s.weight)
	case m.total == 0 || s.contradicted(m):
		return false
	case s.before == s.weight:
		return true
	case s.before == 0 && !s.past.Candidate: // nothing reached it
		return m.likelihoodAt(m.share())-m.logLikelihood(0) >= math.Log(distinct)
	default:
		return s.was.total > 0 && (m.share() > s.was.share()) == (s.weight > s.before) && m.differs(s.was)
	}
}

// contradicted says that the requests speak against the weight. Requests that pass
// the edited routes by make stable's part larger than the weight leaves it, or the
// candidate's larger than the weight.
func (s shift) contradicted(m moved) bool {
	return !s.past.Candidate && m.above(s.weight) || !s.past.Stable && m.below(s.weight)
}

// proof is what the requests show, in words.
func (s shift) proof() string {
	switch {
	case s.past == (Bypassed{}):
		return "confirmed"
	case s.before == s.weight:
		return "not contradicted"
	case s.weight > s.before:
		return "seen to be more than before"
	default:
		return "seen to be less than before"
	}
}

// share is the candidate's part.
func (m moved) share() float64 { return m.percent() / 100 }

// differs says that two counts are of different shares: each is so much likelier at
// its own than both are at one that they have in common.
func (m moved) differs(o moved) bool {
	both := moved{candidate: m.candidate + o.candidate, total: m.total + o.total}
	apart := m.likelihoodAt(m.share()) + o.likelihoodAt(o.share())
	return apart-both.likelihoodAt(both.share()) >= math.Log(distinct)
}
