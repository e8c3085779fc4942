package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

func seqLatency(t testing.TB, o gate.LatencyOptions) gate.Trial {
	t.Helper()
	o.Promise = single
	g, err := gate.Latency(o)
	if err != nil {
		t.Fatal(err)
	}
	return g.Begin()
}

func TestSequentialLatencyAgainstALimit(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		max  time.Duration
		seen evidence.Counts
		want gate.Outcome
		says string
	}{
		"fast requests prove it":                {250 * time.Millisecond, timed(1000, 900, 999, 1000), gate.Pass, "limit 250 ms; odds of this from a worse candidate below 1 in 20"},
		"slow ones fail it":                     {250 * time.Millisecond, timed(1000, 900, 900, 1000), gate.Fail, "limit 250 ms; odds of this by chance below 1 in 1,000,000"},
		"a few are no proof":                    {250 * time.Millisecond, timed(20, 20, 20, 20), gate.Inconclusive, "not yet proven within or beyond 250 ms"},
		"between bounds the lower one is used":  {300 * time.Millisecond, timed(1000, 900, 999, 1000), gate.Pass, "tested at the bucket bound below it, 250 ms"},
		"below every bound nothing can be said": {50 * time.Millisecond, timed(1000, 1000, 1000, 1000), gate.Inconclusive, "no bucket bound at or below 50 ms"},
		"no requests":                           {250 * time.Millisecond, timed(0, 0, 0, 0), gate.Inconclusive, "no timed candidate requests"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			v := seqLatency(t, gate.LatencyOptions{Quantile: .95, Max: &c.max}).Look(look(c.seen, timed(0, 0, 0, 0)))
			if v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
				t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
			}
		})
	}
}

func TestSequentialLatencyAgainstStable(t *testing.T) {
	t.Parallel()
	stable := timed(1000, 950, 990, 1000) // 5% above 100 ms
	for why, c := range map[string]struct {
		seen evidence.Counts
		want gate.Outcome
		says string
	}{
		"just like stable":               {timed(1000, 950, 990, 1000), gate.Pass, "1.5 times stable"},
		"all of it slower":               {timed(1000, 0, 900, 1000), gate.Fail, "1.5 times stable"},
		"a tenth of it very slow":        {timed(1000, 900, 900, 900), gate.Fail, "above 500 ms"},
		"too few to tell":                {timed(10, 10, 10, 10), gate.Inconclusive, "not yet proven"},
		"other bounds are no comparison": {evidence.Counts{Requests: 1000, Latency: evidence.Histogram{Total: 1000, Buckets: map[time.Duration]uint64{70 * time.Millisecond: 0}}}, gate.Inconclusive, "not yet proven"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			trial := seqLatency(t, gate.LatencyOptions{Quantile: .95, Regression: ptr(1.5)})
			v := last(trial, look(timed(0, 0, 0, 0), stable), look(c.seen, stable))
			if v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
				t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
			}
		})
	}
}

func TestAComparisonWaitsUntilStableIsKnown(t *testing.T) {
	t.Parallel()
	trial := seqLatency(t, gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)})
	v := trial.Look(look(timed(500, 0, 0, 0), timed(100, 100, 100, 100)))
	if want := "stable has served 100 timed requests; its p99 takes 500 to know"; v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, want) {
		t.Errorf("got %+v, want %q", v, want)
	}
}
