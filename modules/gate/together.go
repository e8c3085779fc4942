package gate

import (
	"math"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// Weighed is a Trial that can say how much speaks against the candidate.
type Weighed interface {
	// LogE is the logarithm of the e-value against the candidate: 0 at first, and
	// at least log(1/alpha) with probability at most alpha if it is good.
	LogE() float64
}

// Together is the logarithm of the e-value of several trials taken as one
// question, and whether it fails the candidate at alpha. It is their mean: it
// keeps alpha however the trials depend on each other, and it is never slower
// than SplitAlpha. Trials that cannot be weighed are left out.
func Together(alpha float64, trials ...Trial) (logE float64, fail bool) {
	var all []float64
	for _, t := range trials {
		if w, ok := t.(Weighed); ok {
			all = append(all, w.LogE())
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	logE = seq.LogMean(all...)
	return logE, logE >= -math.Log(alpha)
}
