package forecast

import (
	"math"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// Schedule is a list of weights and what it is expected to cost.
type Schedule struct {
	// Weights are in percent, growing, and end at 100.
	Weights []int
	// Bad is the mean number of failed requests until a bad candidate is stopped,
	// for the bad candidate that costs the most, which fails Rate of them.
	Bad, Rate float64
	// Within says that Bad is within the budget; otherwise it is the most cautious
	// list there is.
	Within bool
}

const (
	// reaction is how long a candidate goes on serving when a gate has failed it:
	// the route is written and the proxies learn of it.
	reaction = 1500 * time.Millisecond
	// autoRuns is how many rollouts tell the mean.
	autoRuns = 100
	// autoStep is how long a step may last, so that a barely bad candidate that
	// no list can stop within a budget does not make the forecast take for ever.
	autoStep = 10 * time.Minute
	// clearly is from how many times as bad as allowed a candidate is bad.
	clearly = 3
)

// allower is a gate that knows which share of errors it allows.
type allower interface{ Allows(stable float64) float64 }

// Auto picks the boldest list of weights whose expected number of failed
// requests until the gates stop a bad candidate is within the budget, at this
// traffic. A bad candidate fails at least three times the share that the gates
// allow; of those it is the one that costs the most. It plays rollouts (package sim), so
// what looks and the way back take is in it. Gates should be those about errors.
func Auto(t Traffic, budget float64, interval time.Duration, seed uint64, gates ...gate.Gate) Schedule {
	var last Schedule
	for _, weights := range lists() {
		last = Schedule{Weights: weights}
		last.Bad, last.Rate = cost(t, weights, interval, seed, budget, gates)
		if last.Within = last.Bad <= budget; last.Within {
			return last
		}
	}
	return last
}

// lists are the weights to choose from, the boldest first.
func lists() (out [][]int) {
	for _, first := range []int{50, 33, 25, 20, 15, 10, 8, 5, 3, 2, 1} {
		for _, factor := range []int{5, 2} {
			list := growing(first, factor)
			if len(out) == 0 || !slices.Equal(out[len(out)-1], list) {
				out = append(out, list)
			}
		}
	}
	return out
}

func growing(first, factor int) (list []int) {
	for w := first; w < 50; w *= factor {
		list = append(list, w)
	}
	return append(list, 50, 100)
}

// Cost is the mean number of failed requests until a bad candidate is stopped,
// for the one that costs the most, and its share of errors.
func Cost(t Traffic, weights []int, interval time.Duration, seed uint64, gates ...gate.Gate) (bad, rate float64) {
	return cost(t, weights, interval, seed, math.Inf(1), gates)
}

// cost stops at the first candidate that exceeds the budget.
func cost(t Traffic, weights []int, interval time.Duration, seed uint64, budget float64, gates []gate.Gate) (bad, rate float64) {
	play := sim.Traffic{PerSecond: t.PerSecond, Look: interval, Stable: sim.Version{Errors: t.Errors}, Beside: t.Beside,
		Warmup: t.Warmup, WarmupErrors: t.WarmupErrors}
	shares := make([]float64, len(weights))
	for i, w := range weights {
		shares[i] = float64(w) / 100
	}
	parts := gate.Parts(shares, gates...)
	for i, w := range shares {
		play.Steps = append(play.Steps, sim.Step{Weight: w, Max: autoStep, Part: parts[i]})
	}
	for _, r := range rates(t, gates) {
		play.Candidate.Errors = r
		if mean := meanBad(play, seed, gates); mean > bad {
			bad, rate = mean, r
		}
		if bad > budget {
			break
		}
	}
	return bad, rate
}

// rates are the bad candidates: from one that fails everything, whose rollouts
// are the shortest, down to one that is clearly as bad as allowed.
func rates(t Traffic, gates []gate.Gate) []float64 {
	least := 1.
	for _, g := range gates {
		if a, ok := g.(allower); ok {
			least = min(least, a.Allows(t.Errors))
		}
	}
	var out []float64
	for r := max(clearly*least, 1e-3); r < 1; r *= 2 {
		out = append(out, r)
	}
	out = append(out, 1)
	slices.Reverse(out)
	return out
}

func meanBad(t sim.Traffic, seed uint64, gates []gate.Gate) float64 {
	sum := 0.
	for i := range uint64(autoRuns) {
		r := sim.Run(t, seed+i, gates...)
		sum += float64(r.Candidate.Errors)
		if r.Outcome == gate.Fail {
			sum += t.PerSecond * t.Steps[r.Steps].Weight * t.Candidate.Errors * reaction.Seconds()
		}
	}
	return sum / autoRuns
}
