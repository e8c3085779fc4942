package sim

import (
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
)

// Summary counts what became of many rollouts.
type Summary struct {
	Runs, Passed, Failed, Inconclusive int
	// FailSeconds and PassSeconds are medians of the time to the Outcome; zero
	// where there was none.
	FailSeconds, PassSeconds float64
	// BadRequests is the median number of candidate errors of the failed ones.
	BadRequests float64
	// MeanErrors is the mean number of errors of both versions until a fail.
	MeanErrors float64
}

// Study plays runs rollouts, with seeds from seed on.
func Study(t Traffic, runs int, seed uint64, gates ...gate.Gate) Summary {
	s := Summary{Runs: runs}
	var fails, passes, bad []float64
	for i := range runs {
		r := Run(t, seed+uint64(i), gates...)
		switch r.Outcome {
		case gate.Fail:
			fails = append(fails, r.Elapsed.Seconds())
			bad = append(bad, float64(r.Candidate.Errors))
			s.MeanErrors += float64(r.Errors)
		case gate.Pass:
			passes = append(passes, r.Elapsed.Seconds())
		default:
			s.Inconclusive++
		}
	}
	s.Failed, s.Passed = len(fails), len(passes)
	s.MeanErrors /= float64(max(s.Failed, 1))
	s.FailSeconds, s.PassSeconds, s.BadRequests = median(fails), median(passes), median(bad)
	return s
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// Hold is one step that lasts until a gate decides, or until most.
func Hold(weight float64, most time.Duration) []Step {
	return []Step{{Weight: weight, Min: most, Max: most}}
}
