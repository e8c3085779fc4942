package forecast_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
)

func ptr[T any](v T) *T { return &v }

func errorsAtMost(t testing.TB, share float64, p gate.Promise) gate.Gate {
	t.Helper()
	g, err := gate.Errors(gate.ErrorsOptions{Max: &share, Promise: p})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var known = gate.Promise{Cluster: 1}

// 340 good requests prove at most 1% (see package seq): at 10 requests a second
// and a weight of 10% that is 340 s.
func TestAStepNeedsWhatItsProofTakes(t *testing.T) {
	t.Parallel()
	steps := []forecast.Step{{Weight: .1, Part: 1, Min: time.Second, Max: 10 * time.Minute}}
	needs, err := forecast.Walk(forecast.Traffic{PerSecond: 10}, steps, time.Second, errorsAtMost(t, .01, known))
	if err != nil {
		t.Fatal(err)
	}
	n := needs[0]
	if !n.Decides || n.Requests < 330 || n.Requests > 380 || n.Took < 330*time.Second || n.Took > 380*time.Second {
		t.Errorf("want some 340 requests in some 340 s: %+v", n)
	}
	if n.Finds < .02 || n.Finds > .06 {
		t.Errorf("340 requests tell 3%% or so from 1%%: %+v", n)
	}
}

// What a warm-up serves counts for nothing, so it comes on top, once.
func TestAWarmUpComesOnTop(t *testing.T) {
	t.Parallel()
	steps := []forecast.Step{{Weight: .1, Part: 1, Min: time.Second, Max: 10 * time.Minute}, {Weight: .5, Part: 1, Min: time.Second, Max: 10 * time.Minute}}
	traffic := forecast.Traffic{PerSecond: 100}
	plain, err := forecast.Walk(traffic, steps, time.Second, errorsAtMost(t, .01, known))
	if err != nil {
		t.Fatal(err)
	}
	traffic.Warmup = 30 * time.Second
	warmed, err := forecast.Walk(traffic, steps, time.Second, errorsAtMost(t, .01, known))
	if err != nil {
		t.Fatal(err)
	}
	if more := warmed[0].Took - plain[0].Took; more < 28*time.Second || more > 35*time.Second {
		t.Errorf("the first step takes %s instead of %s", warmed[0].Took, plain[0].Took)
	}
	if warmed[1].Took > plain[1].Took+time.Second {
		t.Errorf("the second step takes %s instead of %s", warmed[1].Took, plain[1].Took)
	}
	list := []int{10, 50, 100}
	before, _ := forecast.Cost(forecast.Traffic{PerSecond: 100}, list, time.Second, 1, errorsAtMost(t, .01, known))
	after, _ := forecast.Cost(traffic, list, time.Second, 1, errorsAtMost(t, .01, known))
	if after <= before {
		t.Errorf("a bad version that warms up costs %.0f failed requests, without a warm-up %.0f", after, before)
	}
}

func TestForecasts(t *testing.T) {
	t.Parallel()
	latency := evidence.Histogram{Total: 1000, Buckets: map[time.Duration]uint64{100 * time.Millisecond: 999, 500 * time.Millisecond: 1000}}
	slow, err := gate.Latency(gate.LatencyOptions{Quantile: .99, Max: ptr(200 * time.Millisecond), Promise: known})
	if err != nil {
		t.Fatal(err)
	}
	for reason, c := range map[string]struct {
		traffic forecast.Traffic
		weight  float64
		gate    gate.Gate
		decides bool
		took    bool // within a day
	}{
		"enough traffic": {forecast.Traffic{PerSecond: 100}, .1, errorsAtMost(t, .01, known), true, true},
		"too little traffic for the time there is":   {forecast.Traffic{PerSecond: 1}, .01, errorsAtMost(t, .01, known), false, true},
		"no traffic at all":                          {forecast.Traffic{}, .1, errorsAtMost(t, .01, known), false, false},
		"stable is worse than the gate allows":       {forecast.Traffic{PerSecond: 100, Errors: .05}, .1, errorsAtMost(t, .01, known), false, true},
		"stable is just as good as the gate asks":    {forecast.Traffic{PerSecond: 100, Errors: .01}, .1, errorsAtMost(t, .01, known), false, false},
		"latencies are part of it":                   {forecast.Traffic{PerSecond: 100, Latency: latency}, .1, slow, true, true},
		"a gate on latencies where none are counted": {forecast.Traffic{PerSecond: 100}, .1, slow, false, false},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			steps := []forecast.Step{{Weight: c.weight, Part: 1, Max: 10 * time.Minute}}
			needs, err := forecast.Walk(c.traffic, steps, time.Second, c.gate)
			if err != nil {
				t.Fatal(err)
			}
			if n := needs[0]; n.Decides != c.decides || n.Took > 0 != c.took || n.Waits == "" && !c.decides {
				t.Errorf("%+v", n)
			}
			if n := needs[0]; n.Fails != (reason == "stable is worse than the gate allows") {
				t.Errorf("what fails is rolled back and not held: %+v", n)
			}
		})
	}
}

// The steps share the proof out, so the later ones need no more than they add.
func TestStepsAreWalkedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	weights := []float64{.05, .25, .5}
	parts := gate.Parts(weights)
	var steps []forecast.Step
	for i, w := range weights {
		steps = append(steps, forecast.Step{Weight: w, Part: parts[i], Max: 10 * time.Minute})
	}
	needs, err := forecast.Walk(forecast.Traffic{PerSecond: 100}, steps, time.Second, errorsAtMost(t, .01, gate.Promise{}))
	if err != nil {
		t.Fatal(err)
	}
	var sum uint64
	for i, n := range needs {
		if !n.Decides {
			t.Errorf("step %d: %+v", i, n)
		}
		sum += n.Requests
	}
	if sum < 3400 || sum > 4200 {
		t.Errorf("%d requests; 3,400 prove at most 1%% of errors that come ten at a time", sum)
	}
}

func BenchmarkWalk(b *testing.B) {
	steps := []forecast.Step{{Weight: .01, Part: .1, Max: time.Hour}, {Weight: .1, Part: 1, Max: time.Hour}}
	g := errorsAtMost(b, .01, gate.Promise{})
	for b.Loop() {
		if _, err := forecast.Walk(forecast.Traffic{PerSecond: 100, Errors: .001}, steps, time.Second, g); err != nil {
			b.Fatal(err)
		}
	}
}
