package rollout

import "math"

// moved is how many of the requests since a change of weight reached the
// candidate.
type moved struct{ candidate, total uint64 }

// distinct is the likelihood ratio at which the new weight is believed over
// the old one.
const distinct = 100

func (m moved) percent() float64 {
	if m.total == 0 {
		return 0
	}
	return 100 * float64(m.candidate) / float64(m.total)
}

// confirms says that the requests fit the weight (within its 99% binomial
// bounds) and speak against the weight before.
func (m moved) confirms(before, weight int) bool {
	if m.total == 0 || m.contradicts(weight) {
		return false
	}
	if before == weight {
		return true
	}
	return m.logLikelihood(weight)-m.logLikelihood(before) >= math.Log(distinct)
}

// logLikelihood is that of the requests if each reached the candidate with the
// weight's probability. A share of exactly 0 or 100 allows for one stray
// request in ten thousand, such as one in flight.
func (m moved) logLikelihood(weight int) float64 { return m.likelihoodAt(float64(weight) / 100) }

func (m moved) likelihoodAt(share float64) float64 {
	p := min(max(share, 1e-4), 1-1e-4)
	k, n := float64(m.candidate), float64(m.total)
	return k*math.Log(p) + (n-k)*math.Log1p(-p)
}

// contradicts says that the share lies outside the weight's 99% binomial
// bounds.
func (m moved) contradicts(weight int) bool { return m.above(weight) || m.below(weight) }

// above says that the share is too large for the weight.
func (m moved) above(weight int) bool {
	if weight == 0 {
		return m.stray(m.candidate)
	}
	low, _ := m.bounds()
	return weight < 100 && m.total > 0 && float64(weight)/100 < low
}

// below says that it is too small.
func (m moved) below(weight int) bool {
	if weight == 100 {
		return m.stray(m.total - m.candidate)
	}
	_, high := m.bounds()
	return weight > 0 && m.total > 0 && float64(weight)/100 > high
}

// stray says that there are more requests than may be in flight where there should
// be none.
func (m moved) stray(n uint64) bool { return n > uint64(math.Ceil(1e-3*float64(m.total))) }

// bounds are Wilson's score interval around the observed share, z = 2.576.
func (m moved) bounds() (low, high float64) {
	const z = 2.5758293035489004
	n, p := float64(m.total), m.percent()/100
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return centre - half, centre + half
}
