package gate

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// slowShare is the share of requests slower than d; false above the last bound
// and without requests. Between bucket bounds the share falls by a constant
// factor a millisecond, which fits the tails of latencies better than a straight
// line; where no request was slower, half a one is assumed.
func slowShare(h evidence.Histogram, d time.Duration) (float64, bool) {
	if h.Total == 0 {
		return 0, false
	}
	var lower time.Duration
	above := 1.
	for _, b := range h.Bounds() {
		share := max(1-float64(h.Buckets[b])/float64(h.Total), .5/float64(h.Total))
		if d <= b {
			part := float64(d-lower) / float64(b-lower)
			return above * math.Pow(share/above, part), true
		}
		lower, above = b, share
	}
	return 0, false
}

// slowLimit is the share of requests that may be slower than bound if the
// quantile, and every lower one, may be factor times stable's: as many as would
// be if every request took factor times as long as at stable, and never fewer
// than lie above the quantile anyway. It is what a histogram, which knows shares
// at its bounds, can say of a quantile between them.
func slowLimit(stable evidence.Histogram, bound time.Duration, quantile, factor float64) (float64, bool) {
	share, ok := slowShare(stable, time.Duration(float64(bound)/factor))
	return max(share, 1-quantile), ok
}

// boundsNear are the bucket bound whose slow share is nearest to what lies above
// the quantile, the next higher one and the next lower one, as far as there are.
func boundsNear(h evidence.Histogram, quantile float64) []time.Duration {
	bounds := h.Bounds()
	best, distance := -1, math.Inf(1)
	for i, b := range bounds {
		share, _ := slowShare(h, b)
		if d := math.Abs(math.Log(share / (1 - quantile))); d < distance {
			best, distance = i, d
		}
	}
	var out []time.Duration
	for _, i := range []int{best, best + 1, best - 1} {
		if i >= 0 && i < len(bounds) {
			out = append(out, bounds[i])
		}
	}
	return out
}
