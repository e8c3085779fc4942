package page

import (
	"math"
	"slices"
	"testing"

	"github.com/headgate-ci/headgate/modules/report/internal/sample"
)

// TestASmallStepIsNotOnTheFloor looks where 5% stands on the axis of the traffic.
func TestASmallStepIsNotOnTheFloor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		weights []float64
		top     float64
		least   float64
	}{
		"rolled back at 5%": {[]float64{0, 5}, 6, .5}, "rolled back at 25%": {[]float64{0, 5, 25}, 26, .15}, "promoted": {[]float64{0, 1, 5, 25, 50, 100, 0}, 100, .1},
	} {
		a := shares(tt.weights, tt.top)
		w := slices.Sorted(slices.Values(tt.weights))
		smallest := w[slices.IndexFunc(w, func(v float64) bool { return v > 0 })]
		at := smallest / a.Max
		if a.Root {
			at = math.Sqrt(at)
		}
		if at < tt.least {
			t.Errorf("%s: %v%% stands at %.2f of the height", name, smallest, at)
		}
		if !slices.Contains(a.Ticks, smallest) {
			t.Errorf("%s: the axis does not name %v%%: %v", name, smallest, a.Ticks)
		}
	}
}

func TestTheWeightGoesBackAfterAHold(t *testing.T) {
	t.Parallel()
	c := figuresOf(sample.Held())[0].chart
	weight := c.Series[1]
	if n := len(weight.Y); weight.Y[n-1] != 0 || weight.X[n-1] <= weight.X[n-3] || weight.X[n-1] > c.X.Max {
		t.Errorf("it ends with %v at %v on an axis to %v", weight.Y[n-3:], weight.X[n-3:], c.X.Max)
	}
}

// TestLimitsAreDrawnWhereTheyAreMeasured: a rollout that failed by a limit shows how
// far beyond it the candidate was.
func TestLimitsAreDrawnWhereTheyAreMeasured(t *testing.T) {
	t.Parallel()
	figures := figuresOf(sample.RolledBack())
	for i, want := range map[int]float64{1: 1, 2: 500} {
		if limits := figures[i].chart.Limits; len(limits) != 1 || limits[0].Y != want {
			t.Errorf("%s: %+v, want a limit at %v", figures[i].title, limits, want)
		}
	}
}
