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

// slowLimit is the share of requests that a pass allows to be slower than bound, if
// the quantile, and every lower one, may be factor times stable's: as many as would
// be if every request took factor times as long as at stable, and never fewer than
// lie above the quantile anyway. Between bounds that is an estimate (slowShare), so
// nothing fails by it.
func slowLimit(stable evidence.Histogram, bound time.Duration, quantile, factor float64) (float64, bool) {
	share, ok := slowShare(stable, time.Duration(float64(bound)/factor))
	return max(share, 1-quantile), ok
}

// shareAbove is the share of requests slower than one of the bounds.
func shareAbove(h evidence.Histogram, bound time.Duration) float64 {
	return 1 - float64(min(h.Buckets[bound], h.Total))/float64(max(h.Total, 1))
}

// boundBelow is the highest bound that is at most d; 0 where there is none.
func boundBelow(h evidence.Histogram, d time.Duration) time.Duration {
	_, bound, ok := h.AtMost(d)
	if !ok {
		return 0
	}
	return bound
}

// comparedBound is a bucket bound at which a candidate is compared with stable.
type comparedBound struct {
	at     time.Duration
	below  time.Duration // where stable is counted for a bet against the candidate; 0 makes none
	weight float64       // of that bet
	proves bool          // a pass must be proven here
}

// comparedBounds are where a quantile is compared. A pass must be proven at the
// bound nearest to stable's quantile and at the one above it: a few very slow
// requests show only there. Bets against the candidate are made around the first
// bound that no version within the limit has more requests above than lie above the
// quantile (whatever may be between bounds, factor times as slow stays below it),
// and at some below it, where a version that is slower as a whole shows first.
func comparedBounds(h evidence.Histogram, quantile, factor float64) []comparedBound {
	bounds := h.Bounds()
	near, key := nearest(h, bounds, quantile), firstBeyond(h, bounds, quantile, factor)
	var out []comparedBound
	for i, at := range bounds {
		b := comparedBound{at: at, proves: i == near || i == near+1}
		if apart := key - i; apart >= -1 && apart <= 3 {
			if b.below = boundBelow(h, time.Duration(float64(at)/factor)); b.below > 0 {
				b.weight = 1 / (1 + math.Abs(float64(apart)))
			}
		}
		if b.proves || b.weight > 0 {
			out = append(out, b)
		}
	}
	return out
}

// nearest is the index of the bound whose slow share is nearest to what lies above
// the quantile.
func nearest(h evidence.Histogram, bounds []time.Duration, quantile float64) int {
	best, distance := -1, math.Inf(1)
	for i, b := range bounds {
		share, _ := slowShare(h, b)
		if d := math.Abs(math.Log(share / (1 - quantile))); d < distance {
			best, distance = i, d
		}
	}
	return best
}

// firstBeyond is the index of the first bound of which factor times stable's
// quantile is known to stay below; that of the last one where it may lie above all.
func firstBeyond(h evidence.Histogram, bounds []time.Duration, quantile, factor float64) int {
	for i, b := range bounds {
		if lower := boundBelow(h, time.Duration(float64(b)/factor)); lower > 0 && shareAbove(h, lower) <= 1-quantile {
			return i
		}
	}
	return len(bounds) - 1
}
