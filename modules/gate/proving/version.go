package proving

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Version is the law that one version of a service follows in one rollout.
// Seconds are counted from the candidate's first request; history is before 0.
type Version struct {
	// Errors is the share of requests that fail, at a second.
	Errors func(second int) float64
	// Size draws how many errors one cause makes, MeanSize of them on average; nil
	// is one. They are spread evenly over Spread seconds.
	Size     func(Dice) int
	MeanSize float64
	Spread   int
	// Within is the share of requests that take at most ms milliseconds, at a
	// second; nil where none is timed.
	Within func(second int, ms float64) float64
	// Late is by how many seconds counts arrive late.
	Late int
}

// steady is a share that never changes.
func steady(share float64) func(int) float64 { return func(int) float64 { return share } }

// side makes the traffic of one version.
type side struct {
	law    Version
	dice   Dice
	coming []int             // errors of causes that were, by seconds from now
	line   []evidence.Counts // counts on their way, oldest first
}

// second is what a source counts within a second in which n requests are served.
func (s *side) second(at, n int) evidence.Counts {
	s.line = append(s.line, s.serve(at, n))
	if len(s.line) <= s.law.Late {
		return evidence.Counts{}
	}
	out := s.line[0]
	s.line = s.line[1:]
	return out
}

func (s *side) serve(at, n int) evidence.Counts {
	out := evidence.Counts{Requests: uint64(n), Errors: uint64(s.errors(at, n))} //nolint:gosec // counts
	if s.law.Within != nil {
		out.Latency = s.times(at, n)
	}
	return out
}

func (s *side) errors(at, n int) int {
	if s.law.Errors == nil {
		return 0
	}
	rate := s.law.Errors(at)
	if s.law.Size == nil {
		return s.dice.Of(n, rate)
	}
	spread := max(s.law.Spread, 1)
	for len(s.coming) < spread {
		s.coming = append(s.coming, 0)
	}
	for range s.dice.Poisson(float64(n) * rate / s.law.MeanSize) {
		for range s.law.Size(s.dice) {
			s.coming[s.dice.IntN(spread)]++
		}
	}
	now := s.coming[0]
	s.coming = append(s.coming[1:], 0)
	return min(now, n)
}

// buckets are Istio's bucket bounds in milliseconds.
var buckets = []float64{.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000}

func (s *side) times(at, n int) evidence.Histogram {
	h := evidence.Histogram{Total: uint64(n), Buckets: make(map[time.Duration]uint64, len(buckets))} //nolint:gosec // counts
	fast, below := 0, 0.
	for _, ms := range buckets {
		share := s.law.Within(at, ms)
		if below < 1 {
			fast += s.dice.Of(n-fast, min(max((share-below)/(1-below), 0), 1))
		}
		below = share
		h.Buckets[time.Duration(ms*float64(time.Millisecond))] = uint64(fast)
	}
	return h
}

// lognormal times have a median in milliseconds and a logarithm's deviation; each
// takes factor times as long.
func lognormal(median, sd, factor float64) func(int, float64) float64 {
	return func(_ int, ms float64) float64 { return phi(math.Log(max(ms, 0)/median/factor) / sd) }
}

// phi is the share of a standard normal below z.
func phi(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
