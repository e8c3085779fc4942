package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// slower is how many requests took longer than limit, counted at the largest
// bucket bound not above it.
func slower(h evidence.Histogram, limit time.Duration) (n uint64, used time.Duration, ok bool) {
	fast, used, ok := h.AtMost(limit)
	if !ok {
		return 0, 0, false
	}
	return h.Total - min(fast, h.Total), used, true
}

// limitWords says which bound was really used.
func limitWords(limit, used time.Duration) string {
	if limit == used {
		return duration(limit)
	}
	return fmt.Sprintf("%s, tested at the bucket bound below it, %s", duration(limit), duration(used))
}

func noBound(h evidence.Histogram, limit time.Duration) string {
	bounds := h.Bounds()
	if len(bounds) == 0 {
		return "the source gives no latency buckets"
	}
	return fmt.Sprintf("no bucket bound at or below %s (the lowest is %s)", duration(limit), duration(bounds[0]))
}

// shared keeps the bounds that both histograms have: quantiles interpolated
// between different bounds cannot be compared.
func shared(a, b evidence.Histogram) (evidence.Histogram, evidence.Histogram) {
	return only(a, b.Buckets), only(b, a.Buckets)
}

func only(h evidence.Histogram, keep map[time.Duration]uint64) evidence.Histogram {
	out := evidence.Histogram{Total: h.Total, Sum: h.Sum, Buckets: make(map[time.Duration]uint64, len(h.Buckets))}
	for bound, n := range h.Buckets {
		if _, ok := keep[bound]; ok {
			out.Buckets[bound] = n
		}
	}
	return out
}

// quantileOf is the interpolated quantile, and whether it lies above the
// highest bound, which then is all that is known of it.
func quantileOf(h evidence.Histogram, q float64) (at time.Duration, beyond bool) {
	at, _ = h.Quantile(q)
	bounds := h.Bounds()
	if len(bounds) == 0 {
		return 0, true
	}
	last := bounds[len(bounds)-1]
	return at, float64(h.Buckets[last]) < q*float64(h.Total)
}

func quantileWords(h evidence.Histogram, q float64) string {
	at, beyond := quantileOf(h, q)
	if beyond && at == 0 {
		return "unknown"
	}
	if beyond {
		return "above " + duration(at)
	}
	return duration(at)
}
