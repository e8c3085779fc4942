package proving

import (
	"fmt"
	"math"
	"slices"

	"github.com/headgate-ci/headgate/modules/gate"
)

// Claim is what docs/gates.md promises of a cell.
type Claim string

// The claims.
const (
	// Kept: a version that is no worse than allowed is rolled back with probability
	// at most alpha.
	Kept Claim = "kept"
	// Stopped: a version that is worse than the limit is promoted with probability
	// at most beta.
	Stopped Claim = "stopped"
	// Found: a clearly bad version is rolled back, half of the time within Within
	// seconds, and nearly always in the time there is.
	Found Claim = "found"
	// Promoted: a good version is promoted, half of the time within Within seconds,
	// and nearly always in the time there is.
	Promoted Claim = "promoted"
)

// nearlyAlways is the share of rollouts that Found and Promoted ask for.
const nearlyAlways = .95

// Cell is one case, played many times.
type Cell struct {
	// Name is the case as the table of docs/gates.md numbers it.
	Name string
	// Says is what happens there, in one line.
	Says  string
	Claim Claim
	// Within is in seconds, for Found and Promoted.
	Within int
	// Runs is how many rollouts the ordinary suite plays.
	Runs    int
	Rollout Rollout
}

// Count is what became of a cell's rollouts.
type Count struct {
	Cell                      Cell
	Runs, Failed, Passed      int
	FailSeconds, FailRequests float64 // medians; of all rollouts, infinite where less than half decide
	PassSeconds, PassRequests float64
}

// Play plays a cell's first rollouts.
func (c Cell) Play(runs int) Count {
	out := Count{Cell: c, Runs: runs}
	var fails, passes [2][]float64
	for n := range runs {
		switch e := c.Rollout.Play(throw(c.Name, n)); e.Outcome {
		case gate.Fail:
			fails[0], fails[1] = append(fails[0], float64(e.Seconds)), append(fails[1], float64(e.Requests))
		case gate.Pass:
			passes[0], passes[1] = append(passes[0], float64(e.Seconds)), append(passes[1], float64(e.Requests))
		default:
		}
	}
	out.Failed, out.Passed = len(fails[0]), len(passes[0])
	out.FailSeconds, out.FailRequests = median(fails[0], runs), median(fails[1], runs)
	out.PassSeconds, out.PassRequests = median(passes[0], runs), median(passes[1], runs)
	return out
}

// median is that of all runs, those without a value counted as endless.
func median(values []float64, runs int) float64 {
	slices.Sort(values)
	if i := runs / 2; i < len(values) {
		return values[i]
	}
	return math.Inf(1)
}

// sure is how sure a count must be before a claim is called broken: with fixed
// dice it is a matter of how many rollouts are played, not of luck.
const sure = .998

// Broken says that the count shows the cell's claim to be wrong.
func (n Count) Broken() bool {
	switch n.Cell.Claim {
	case Kept:
		low, _ := Bounds(n.Failed, n.Runs, sure)
		return low > gate.DefaultAlpha
	case Stopped:
		low, _ := Bounds(n.Passed, n.Runs, sure)
		return low > gate.DefaultBeta
	case Found:
		_, high := Bounds(n.Failed, n.Runs, sure)
		return high < nearlyAlways || n.FailSeconds > float64(n.Cell.Within)
	default:
		_, high := Bounds(n.Passed, n.Runs, sure)
		return high < nearlyAlways || n.PassSeconds > float64(n.Cell.Within)
	}
}

// Row is the count as a row of the table in docs/gates.md; bounds are at 95%.
func (n Count) Row() string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", n.Cell.Name, n.Cell.Says, n.Cell.promise(),
		share(n.Failed, n.Runs), share(n.Passed, n.Runs), n.delay())
}

func (c Cell) promise() string {
	switch c.Claim {
	case Kept:
		return "rolled back at most 1%"
	case Stopped:
		return "promoted at most 5%"
	default:
		return fmt.Sprintf("%s within %d s", c.Claim, c.Within)
	}
}

func share(k, n int) string {
	low, high := Bounds(k, n, .95)
	return fmt.Sprintf("%.1f%% (%.1f to %.1f)", 100*float64(k)/float64(n), 100*low, 100*high)
}

// delay is the median time to the decision that more than half came to.
func (n Count) delay() string {
	switch {
	case !math.IsInf(n.FailSeconds, 1):
		return fmt.Sprintf("%.0f s, %.0f requests", n.FailSeconds, n.FailRequests)
	case !math.IsInf(n.PassSeconds, 1):
		return fmt.Sprintf("%.0f s, %.0f requests", n.PassSeconds, n.PassRequests)
	default:
		return "open"
	}
}
