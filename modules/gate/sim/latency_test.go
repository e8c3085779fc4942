package sim_test

import (
	"math"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// latencies are exponential with this mean, in Istio's buckets; some of them
// are delayed.
func latencies(mean, delay time.Duration, delayed float64) (out []sim.Bucket) {
	within := func(d time.Duration) float64 {
		if d <= 0 {
			return 0
		}
		return 1 - math.Exp(-d.Seconds()/mean.Seconds())
	}
	for _, ms := range []int{1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000} {
		b := time.Duration(ms) * time.Millisecond
		out = append(out, sim.Bucket{Bound: b, Share: (1-delayed)*within(b) + delayed*within(b-delay)})
	}
	return out
}

// Stable has a mean of 20 ms and a p99 of 92 ms; the candidate gets 10 requests
// a second for ten minutes.
func TestLatencyGates(t *testing.T) {
	t.Parallel()
	limit := gate.LatencyOptions{Quantile: .99, Max: ptr(250 * time.Millisecond)}
	stable := gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)}
	const ms = time.Millisecond
	for reason, c := range map[string]struct {
		o              gate.LatencyOptions
		candidate      []sim.Bucket
		fails          float64 // share of the rollouts, at least (and at most one minus passes)
		passes         float64
		seconds        float64 // median to the decision, at most
		mostlyUnproven bool
	}{
		"as fast as stable":       {o: stable, candidate: latencies(20*ms, 0, 0), passes: .99, seconds: 60},
		"a fifth slower":          {o: stable, candidate: latencies(24*ms, 0, 0), passes: .95, seconds: 90},
		"just as slow as allowed": {o: stable, candidate: latencies(30*ms, 0, 0), mostlyUnproven: true},
		"buckets that grow by 2 and 2.5 cannot tell twice": {o: stable, candidate: latencies(40*ms, 0, 0), mostlyUnproven: true},
		"four times as slow":        {o: stable, candidate: latencies(80*ms, 0, 0), fails: 1, seconds: 60},
		"300 ms slower":             {o: stable, candidate: latencies(20*ms, 300*ms, 1), fails: 1, seconds: 2},
		"3% of it 300 ms slower":    {o: stable, candidate: latencies(20*ms, 300*ms, .03), fails: .9, seconds: 120},
		"well within the limit":     {o: limit, candidate: latencies(20*ms, 0, 0), passes: 1, seconds: 40},
		"1% slower than the limit":  {o: limit, candidate: latencies(20*ms, 300*ms, .01), mostlyUnproven: true},
		"3% slower than the limit":  {o: limit, candidate: latencies(20*ms, 300*ms, .03), fails: 1, seconds: 90},
		"all of it above the limit": {o: limit, candidate: latencies(20*ms, 300*ms, 1), fails: 1, seconds: 2},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			c.o.Promise = gate.Promise{Method: gate.Sequential, Cluster: 1}
			g, err := gate.Latency(c.o)
			if err != nil {
				t.Fatal(err)
			}
			s := sim.Study(sim.Traffic{
				PerSecond: 100, Look: 2 * time.Second, History: time.Minute, Steps: []sim.Step{{Weight: .1, Max: 10 * time.Minute}},
				Stable: sim.Version{Latency: latencies(20*ms, 0, 0)}, Candidate: sim.Version{Latency: c.candidate},
			}, 100, 1, g)
			fails, passes := float64(s.Failed)/float64(s.Runs), float64(s.Passed)/float64(s.Runs)
			t.Logf("%+v", s)
			if c.mostlyUnproven {
				if fails > .03 || passes > .12 {
					t.Errorf("at the limit itself neither may be proven: %+v", s)
				}
				return
			}
			if fails < c.fails || passes < c.passes || max(s.FailSeconds, s.PassSeconds) > c.seconds && c.fails+c.passes > 0 {
				t.Errorf("%+v, want %v failed, %v passed, median within %v s", s, c.fails, c.passes, c.seconds)
			}
		})
	}
}
