package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

func TestFixedLatency(t *testing.T) {
	t.Parallel()
	limit := func(d time.Duration) gate.LatencyOptions {
		return gate.LatencyOptions{Quantile: .95, Max: &d, Promise: fixed}
	}
	twice := gate.LatencyOptions{Quantile: .95, Regression: ptr(2.), Promise: fixed}
	for why, c := range map[string]struct {
		o    gate.LatencyOptions
		seen evidence.Evidence
		want gate.Verdict
	}{
		"no requests": {limit(250 * time.Millisecond), look(timed(0, 0, 0, 0), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "100 more candidate requests",
				Reason: "no timed candidate requests seen; 100 requests are needed"}},
		"fast enough": {limit(250 * time.Millisecond), look(timed(200, 100, 195, 200), timed(200, 190, 200, 200)),
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate p95 242.1 ms over 200 requests (2.5% slower than 250 ms), stable 100 ms over 200; limit 250 ms"}},
		"too slow": {limit(250 * time.Millisecond), look(timed(200, 100, 180, 200), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate p95 375 ms over 200 requests (10% slower than 250 ms); limit 250 ms"}},
		"a limit between two bounds is tested at the lower one": {limit(300 * time.Millisecond), look(timed(200, 100, 195, 200), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate p95 242.1 ms over 200 requests (2.5% slower than 250 ms); limit 300 ms, tested at the bucket bound below it, 250 ms"}},
		"a limit below every bound cannot be tested": {limit(50 * time.Millisecond), look(timed(200, 200, 200, 200), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "a finer histogram",
				Reason: "candidate p95 95 ms over 200 requests; no bucket bound at or below 50 ms (the lowest is 100 ms)"}},
		"ten slow ones are too many for 100 requests already": {limit(250 * time.Millisecond), look(timed(10, 0, 0, 10), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate p95 487.5 ms over 10 requests (100% slower than 250 ms); limit 250 ms"}},
		"an idle stable is nothing to compare with": {twice, look(timed(200, 200, 200, 200), timed(0, 0, 0, 0)),
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "stable requests",
				Reason: "candidate p95 95 ms over 200 requests; stable has served no timed requests to compare with"}},
		"more than twice stable's quantile": {twice, look(timed(200, 100, 190, 200), timed(200, 200, 200, 200)),
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate p95 250 ms over 200 requests, stable 95 ms over 200; limit 2 times stable"}},
		"both off the end of the histogram cannot be compared": {twice, look(timed(200, 0, 0, 100), timed(200, 0, 0, 100)),
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "a wider histogram",
				Reason: "candidate p95 above 500 ms over 200 requests, stable above 500 ms over 200; p95 lies above the histogram's highest bound, 500 ms"}},
		"off the end while stable is not": {twice, look(timed(200, 0, 0, 100), timed(200, 200, 200, 200)),
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate p95 above 500 ms over 200 requests, stable 95 ms over 200; limit 2 times stable"}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Latency(c.o)
			if err != nil {
				t.Fatal(err)
			}
			c.want.Gate = "latency"
			if got := g.Begin().Look(c.seen); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestQuantilesAreComparedAtSharedBoundsOnly(t *testing.T) {
	t.Parallel()
	g, err := gate.Latency(gate.LatencyOptions{Quantile: .95, Regression: ptr(2.), Promise: fixed})
	if err != nil {
		t.Fatal(err)
	}
	odd := timed(200, 200, 200, 200)
	odd.Latency.Buckets = map[time.Duration]uint64{70 * time.Millisecond: 200}
	if v := g.Begin().Look(look(odd, timed(200, 200, 200, 200))); v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, "share no bucket bound") {
		t.Errorf("got %+v", v)
	}
}

func TestLatencyOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		o    gate.LatencyOptions
		want string
	}{
		"no limit at all":       {gate.LatencyOptions{Quantile: .99}, "give max"},
		"99 instead of 99%":     {gate.LatencyOptions{Quantile: 99, Max: ptr(time.Second)}, "write 99% or 0.99"},
		"no time at all":        {gate.LatencyOptions{Quantile: .99, Max: ptr(time.Duration(0))}, "write 300ms"},
		"a factor below stable": {gate.LatencyOptions{Quantile: .99, Regression: ptr(.5)}, "1 to 1000"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if _, err := gate.Latency(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
