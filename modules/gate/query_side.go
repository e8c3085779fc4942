package gate

import (
	"math"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// querySide is one bound of a query's answers, bet on from both sides: that most of
// a candidate's answers lie beyond it, and that most do not. What a Step has shown is
// weighed afresh at every look, since how many answers tell as much as one is learnt
// from the answers themselves.
type querySide struct {
	bound         float64
	upper         bool       // answers should be at most the bound, else at least
	breach, proof *seq.Limit // as they were when the Step began
	seen, beyond  float64    // answers of this Step
	quiet         float64    // of these, those that are exactly 0 below a bound above 0
	nearest       float64    // how far within the bound the answers stay, at least
	farthest      float64    // how far beyond it they stay, at least
}

func newQuerySide(bound float64, upper bool) *querySide {
	s := &querySide{bound: bound, upper: upper, breach: seq.LimitAbove(.5), proof: seq.LimitBelow(.5)}
	s.clear()
	return s
}

func (s *querySide) clear() {
	s.seen, s.beyond, s.quiet = 0, 0, 0
	s.nearest, s.farthest = math.Inf(1), math.Inf(1)
}

// take adds an answer.
func (s *querySide) take(v float64) {
	within := s.bound - v
	if !s.upper {
		within = -within
	}
	s.seen++
	switch {
	case within < 0:
		s.beyond++
	case v == 0 && s.bound > 0:
		s.quiet++
	}
	s.nearest, s.farthest = min(s.nearest, within), min(s.farthest, -within)
}

// far is how many times their typical step all answers must stay on one side of a
// bound to count one each, however they hang together: such a step is a third of the
// deviation of answers that carry over .95, so that one of which half lie beyond the
// bound would be three of its deviations away from it.
const far = 10

// power is that of one answer, 1 or less.
func power(distance float64, m *seq.Memory) float64 {
	if distance >= 0 && distance >= far*m.Step() {
		return 1
	}
	return 1 / m.Length()
}

// against is the bet that most answers lie beyond the bound.
func (s *querySide) against(m *seq.Memory) *seq.Limit {
	return s.breach.After(seq.Counts{N: s.seen, X: s.beyond}, power(s.farthest, m))
}

// inFavour is the bet that they do not. An answer of exactly 0 may be a time in which
// nothing happened at all: two of them count as one.
func (s *querySide) inFavour(m *seq.Memory, whole bool) (bet *seq.Limit, eta float64) {
	eta = power(s.nearest, m)
	if !whole && !m.Known() {
		eta = 1 // only the whole proof has to reckon with what is not known
	}
	return s.proof.After(seq.Counts{N: s.seen - s.quiet/2, X: s.beyond}, eta), eta
}

// nextStep takes along what was learned, of the proof only keep (as a logarithm).
func (s *querySide) nextStep(m *seq.Memory, keep float64, whole bool) {
	s.breach = s.against(m)
	s.proof, _ = s.inFavour(m, whole)
	s.breach.Renew()
	s.proof.Cap(keep)
	s.clear()
}
