package load

import (
	"math"
	"time"
)

// growth is the ratio of one bucket's bound to the next one's.
const growth = 1.02

// buckets reach from 10 µs to about 90 s.
const buckets = 810

// histogram counts durations in buckets of equal ratio.
type histogram struct {
	counts [buckets + 1]int64 // the last one: longer than all bounds
	total  int64
	max    time.Duration
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucket(d)]++
	h.total++
	h.max = max(h.max, d)
}

func bucket(d time.Duration) int {
	ratio := float64(d) / float64(10*time.Microsecond)
	if ratio <= 1 {
		return 0
	}
	return min(int(math.Ceil(math.Log(ratio)/math.Log(growth))), buckets)
}

// quantile returns the upper bound of the bucket that holds the q-th request,
// and never more than the longest duration seen.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(h.total)))
	var seen int64
	for i, n := range h.counts[:buckets] {
		seen += n
		if seen >= rank {
			bound := time.Duration(float64(10*time.Microsecond) * math.Pow(growth, float64(i)))
			return min(bound, h.max)
		}
	}
	return h.max
}

func (h *histogram) quantiles() Latency {
	return Latency{P50: h.quantile(.5), P90: h.quantile(.9), P99: h.quantile(.99), Max: h.max}
}
