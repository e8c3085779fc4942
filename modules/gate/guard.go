package gate

import (
	"math"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// least is how much the bins must speak against a candidate (a logarithm) before a
// bet by clusters can fail it.
const least = 2.

// guard keeps a size of clusters that is not the candidate's from failing it: the
// bins since it was last good must speak against it, too. Taking less than a
// fortune is always fair, so this need not be a bet: it begins anew whenever it
// has lost, and does not hold against a candidate how long it was good before.
type guard struct {
	test  binTest
	could float64 // what the bins since then could have said, as a logarithm
}

// binTest is a bet by whole bins.
type binTest interface {
	test
	Restart()
}

func (g *guard) look(bin seq.Counts, paired bool) {
	if !(bin.N > 0) || g.test == nil {
		return
	}
	g.test.Look(bin, 1)
	if paired {
		g.could += math.Log1p(bin.BaseN / bin.N)
	} else {
		g.could += 4 * least
	}
	if g.test.LogE() < 0 {
		g.test.Restart()
		g.could = least // one that is good is not failed within a bin
	}
}

// most is what it lets through, where level fails. Where a bin can say little, as
// beside as much traffic of the peer, a quarter of what the bins could have said
// is enough.
func (g *guard) most(level float64) float64 {
	if g.could == 0 || g.test == nil {
		return math.Inf(1)
	}
	return g.test.LogE() + level - min(least, g.could/4)
}
