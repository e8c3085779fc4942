package forecast_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
)

// What a list is expected to cost holds for rollouts that it was not picked by.
func TestAutoKeepsTheBudget(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("plays thousands of rollouts; left out by -short")
	}
	g := errorsAtMost(t, .01, gate.Promise{})
	for _, rps := range []float64{10, 100, 1000} {
		for _, budget := range []float64{50, 200} {
			traffic := forecast.Traffic{PerSecond: rps, Errors: .0005}
			s := forecast.Auto(traffic, budget, time.Second, 1, g)
			bad, rate := forecast.Cost(traffic, s.Weights, time.Second, 1000, g)
			t.Logf("%v requests/s, budget %v: %v, expected %.1f (version that fails %.1f%%), played again %.1f (%.1f%%)", rps, budget, s.Weights, s.Bad, 100*s.Rate, bad, 100*rate)
			if s.Within && bad > 1.15*budget {
				t.Errorf("%v requests/s, %v: %.1f failed requests, the budget was %v", rps, s.Weights, bad, budget)
			}
			if !s.Within && s.Weights[0] != 1 {
				t.Errorf("%v requests/s: the budget is exceeded by %v, and a smaller weight was not tried", rps, s.Weights)
			}
		}
	}
}

func TestAutoIsBolderWhereLessIsAtRisk(t *testing.T) {
	t.Parallel()
	g := errorsAtMost(t, .01, gate.Promise{Cluster: 1})
	quiet := forecast.Auto(forecast.Traffic{PerSecond: 10}, 50, time.Second, 1, g)
	busy := forecast.Auto(forecast.Traffic{PerSecond: 2000}, 50, time.Second, 1, g)
	if !quiet.Within || quiet.Weights[0] <= busy.Weights[0] {
		t.Errorf("a quiet service begins at %v, a busy one at %v", quiet.Weights, busy.Weights)
	}
	if last := quiet.Weights[len(quiet.Weights)-1]; last != 100 {
		t.Errorf("the last weight is %d", last)
	}
}
