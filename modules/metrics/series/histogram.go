package series

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// histograms are one side's latencies, kept apart by the series they come
// from: proxies may be configured with different bounds, and adding those up
// bound by bound would count some requests and not others.
type histograms map[string]*evidence.Histogram

func (h histograms) grow(s Sample, by uint64) {
	one := h[s.Group]
	if one == nil {
		one = &evidence.Histogram{Buckets: map[time.Duration]uint64{}}
		h[s.Group] = one
	}
	switch {
	case s.Part == Sum:
		one.Sum += time.Duration(by) * time.Microsecond //nolint:gosec // at most counter.Largest
	case s.Bound == Infinite:
		one.Total += by
	default:
		one.Buckets[s.Bound] += by
	}
}

// sum is all of them, with the bounds that all of them have.
func (h histograms) sum() evidence.Histogram {
	var out evidence.Histogram
	for _, one := range h {
		if one = upright(one); one.Total > 0 {
			out = out.Add(*one)
		}
	}
	return out
}

// upright makes the buckets cumulative again where a restart hit some of them
// between two looks and others not.
func upright(h *evidence.Histogram) *evidence.Histogram {
	out := &evidence.Histogram{Total: h.Total, Sum: h.Sum, Buckets: make(map[time.Duration]uint64, len(h.Buckets))}
	var most uint64
	for _, b := range h.Bounds() {
		most = max(most, h.Buckets[b])
		out.Buckets[b] = most
	}
	out.Total = max(out.Total, most)
	return out
}
