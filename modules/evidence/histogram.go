package evidence

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Histogram counts requests by duration. Buckets is keyed by upper bound
// (inclusive) and cumulative, as Prometheus and Envoy serve it: Buckets[b] is
// how many requests took at most b. Total includes those above the last bound.
type Histogram struct {
	Total   uint64
	Sum     time.Duration
	Buckets map[time.Duration]uint64
}

// IsZero says that nothing was counted, not even none below a bound.
func (h Histogram) IsZero() bool { return h.Total == 0 && h.Sum == 0 && len(h.Buckets) == 0 }

// Bounds are the upper bounds in ascending order.
func (h Histogram) Bounds() []time.Duration {
	out := make([]time.Duration, 0, len(h.Buckets))
	for b := range h.Buckets {
		out = append(out, b)
	}
	slices.Sort(out)
	return out
}

// Add sums two histograms. Where one lacks a bound of the other, the bound is
// kept only if one side is empty: a sum over half the requests would lie.
func (h Histogram) Add(o Histogram) Histogram {
	return h.combine(o, h.Sum+o.Sum, func(a, b uint64) uint64 { return a + b })
}

// Sub is h minus an earlier total, bound by bound, never below zero.
func (h Histogram) Sub(o Histogram) Histogram { return h.combine(o, max(h.Sum-o.Sum, 0), minus) }

func (h Histogram) combine(o Histogram, sum time.Duration, op func(a, b uint64) uint64) Histogram {
	if len(o.Buckets) == 0 && o.Total == 0 {
		return h
	}
	out := Histogram{Total: op(h.Total, o.Total), Sum: sum, Buckets: map[time.Duration]uint64{}}
	empty := len(h.Buckets) == 0 && h.Total == 0
	for b, n := range o.Buckets {
		if m, ok := h.Buckets[b]; ok || empty {
			out.Buckets[b] = op(m, n)
		}
	}
	return out
}

// AtMost is how many requests took at most bound, with the bucket bound that
// was really used: the largest one not above the bound asked for. It is false
// when no bucket bound is that low.
func (h Histogram) AtMost(bound time.Duration) (n uint64, used time.Duration, ok bool) {
	used = -1
	for b := range h.Buckets {
		if b <= bound && b > used {
			used = b
		}
	}
	if used < 0 {
		return 0, 0, false
	}
	return h.Buckets[used], used, true
}

// Quantile estimates the q-quantile (0 to 1) by linear interpolation within
// its bucket, as histogram_quantile does. It is false without requests. Above
// the last bound, the last bound is the answer.
func (h Histogram) Quantile(q float64) (time.Duration, bool) {
	bounds := h.Bounds()
	if h.Total == 0 || len(bounds) == 0 {
		return 0, false
	}
	rank := q * float64(h.Total)
	var lower time.Duration
	var below uint64
	for _, b := range bounds {
		n := h.Buckets[b]
		if float64(n) >= rank && n > below {
			part := (rank - float64(below)) / float64(n-below)
			return lower + time.Duration(math.Round(part*float64(b-lower))), true
		}
		lower, below = b, n
	}
	return bounds[len(bounds)-1], true
}

type bucketJSON struct {
	LE    float64 `json:"leMs"`
	Count uint64  `json:"count"`
}

type histogramJSON struct {
	Total   uint64       `json:"total"`
	SumMs   float64      `json:"sumMs"`
	Buckets []bucketJSON `json:"buckets,omitempty"`
}

// MarshalJSON writes the buckets in order, bounds in milliseconds.
func (h Histogram) MarshalJSON() ([]byte, error) {
	out := histogramJSON{Total: h.Total, SumMs: float64(h.Sum) / float64(time.Millisecond)}
	for _, b := range h.Bounds() {
		out.Buckets = append(out.Buckets, bucketJSON{LE: float64(b) / float64(time.Millisecond), Count: h.Buckets[b]})
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *Histogram) UnmarshalJSON(data []byte) error {
	var in histogramJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*h = Histogram{Total: in.Total, Sum: time.Duration(math.Round(in.SumMs * float64(time.Millisecond))), Buckets: map[time.Duration]uint64{}}
	for _, b := range in.Buckets {
		h.Buckets[time.Duration(math.Round(b.LE*float64(time.Millisecond)))] = b.Count
	}
	return nil
}
