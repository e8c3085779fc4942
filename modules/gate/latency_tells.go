package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Tells says, in a sentence, which regressions of a quantile the bucket bounds can
// tell apart at all, by what stable shows today; empty where the gate does not
// compare or nothing is known of stable.
func Tells(g Gate, stable evidence.Histogram) string {
	t, ok := g.(interface {
		tells(evidence.Histogram) string
	})
	if !ok || stable.Total == 0 {
		return ""
	}
	return t.tells(stable)
}

func (g seqLatency) tells(stable evidence.Histogram) string {
	if g.o.Regression == nil {
		return ""
	}
	bounds := stable.Bounds()
	lower, upper, ok := around(stable, bounds, g.o.Quantile)
	name := quantileName(g.o.Quantile)
	if !ok {
		return fmt.Sprintf("gate %s: stable's %s lies above the highest bucket bound, so nothing tells it from a slower one; %s", g.Name(), name, finer)
	}
	fails := bounds[firstBeyond(stable, bounds, g.o.Quantile, *g.o.Regression)]
	if float64(upper)**g.o.Regression > float64(fails) {
		return fmt.Sprintf("gate %s: stable's %s lies between %s and %s, and there is no bucket bound above %s times that: a slower candidate is found only where more of its requests are slower than those bounds; %s",
			g.Name(), name, duration(lower), duration(upper), number(*g.o.Regression), finer)
	}
	if float64(fails) <= float64(upper)**g.o.Regression*fine {
		return ""
	}
	return fmt.Sprintf("gate %s: stable's %s lies between %s and %s, which is all that its buckets tell: a candidate is sure to fail when its %s is above %s, %s times that or more; between that and %s times the gate may not decide; %s",
		g.Name(), name, duration(lower), duration(upper), name, duration(fails), number(round1(float64(fails)/float64(upper))), number(*g.o.Regression), finer)
}

// fine is how much beyond the regression asked for a bound may lie and still be
// called fine enough.
const fine = 1.1

// finer is how a mesh's proxies get more bounds.
const finer = "for finer ones set the Pods' annotation sidecar.istio.io/statsHistogramBuckets"

// around are the bucket bounds between which a quantile lies; false where it lies
// above all.
func around(h evidence.Histogram, bounds []time.Duration, quantile float64) (lower, upper time.Duration, ok bool) {
	for _, b := range bounds {
		if shareAbove(h, b) <= 1-quantile {
			return lower, b, true
		}
		lower = b
	}
	return lower, 0, false
}

func round1(v float64) float64 { return float64(int(v*10+.5)) / 10 }
