package simulate

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// istioBounds are the bucket bounds of Istio's histogram in milliseconds.
var istioBounds = []float64{.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

// Exponential is durations with this mean, in Istio's buckets; none without one.
func Exponential(mean time.Duration) (out []sim.Bucket) {
	if mean <= 0 {
		return nil
	}
	for _, ms := range istioBounds {
		b := time.Duration(ms * float64(time.Millisecond))
		out = append(out, sim.Bucket{Bound: b, Share: 1 - math.Exp(-b.Seconds()/mean.Seconds())})
	}
	return out
}
