package cli

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/release"
)

// What a command sends is all there is to judge.
func TestGatesOfACommandsRequests(t *testing.T) {
	t.Parallel()
	latency := func(quantile string) latencyLimit {
		l := latencyLimit{}
		if err := l.UnmarshalText([]byte(quantile + "=300ms")); err != nil {
			t.Fatal(err)
		}
		return l
	}
	share := release.Percent(0.05)
	ofFile := []release.Gate{{Latency: &release.LatencyGate{Quantile: 0.5, Max: &release.Duration{Duration: time.Second}}}}
	for reason, c := range map[string]struct {
		flags   GateFlags
		file    []release.Gate
		errors  string // empty: no gate asks for them
		latency int    // requests that the latency gate wants; 0: none asks
	}{
		"nothing is asked: no request may fail":      {errors: "0%"},
		"latency takes nothing from the errors":      {flags: GateFlags{MaxLatency: []latencyLimit{latency("p99")}}, errors: "0%", latency: 100},
		"the slowest of twenty requests is the p95":  {flags: GateFlags{MaxLatency: []latencyLimit{latency("p95")}}, errors: "0%", latency: 20},
		"a finer quantile needs more of them":        {flags: GateFlags{MaxLatency: []latencyLimit{latency("p99.9")}}, errors: "0%", latency: 1000},
		"the caller knows how many there are":        {flags: GateFlags{MaxLatency: []latencyLimit{latency("p99")}, AtLeast: 3}, errors: "0%", latency: 3},
		"the caller says how many may fail":          {flags: GateFlags{MaxErrors: &share}, errors: "5%"},
		"the file says what is asked, and no errors": {file: ofFile, latency: 2},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			rel := &release.Release{}
			rel.Spec.Gates = c.file
			c.flags.into(rel, scope{work: true})
			errors, requests := "", 0
			for _, g := range rel.Spec.Gates {
				if g.Errors != nil {
					errors = g.Errors.Max.String()
				}
				if g.Latency != nil {
					requests = g.Latency.MinRequests
				}
			}
			if errors != c.errors || requests != c.latency {
				t.Errorf("errors %q, want %q; requests for a latency %d, want %d", errors, c.errors, requests, c.latency)
			}
		})
	}
}
