package gate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// inBuckets are a thousand requests with these shares at 50, 100, 250, 500 and
// 1,000 ms.
func inBuckets(shares ...float64) evidence.Counts {
	h := evidence.Histogram{Total: 1000, Buckets: map[time.Duration]uint64{}}
	for i, ms := range []int{50, 100, 250, 500, 1000} {
		h.Buckets[time.Duration(ms)*time.Millisecond] = uint64(shares[i] * 1000)
	}
	return evidence.Counts{Requests: 1000, Latency: h}
}

// Stable takes 101 to 249 ms; where in between, its buckets do not tell.
func TestARegressionBetweenBucketBoundsIsNoFailure(t *testing.T) {
	t.Parallel()
	stable := inBuckets(0, 0, .995, 1, 1)
	for reason, c := range map[string]struct {
		candidate evidence.Counts
		want      gate.Outcome
		says      string
	}{
		"249 ms times 1.4 is above 250 ms":              {inBuckets(0, 0, 0, 1, 1), gate.Inconclusive, "between 9.5% and 100% above 250 ms these buckets cannot tell"},
		"no version within 1.5 times is above 500 ms":   {inBuckets(0, 0, .9, .9, 1), gate.Fail, "at most 1% above 500 ms"},
		"as many requests above each bound as stable's": {inBuckets(0, 0, .995, 1, 1), gate.Pass, "1.5 times stable"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			trial := seqLatency(t, gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)})
			v := last(trial, look(timed(0, 0, 0, 0), stable), look(c.candidate, stable), look(c.candidate, stable))
			if v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
				t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
			}
		})
	}
}

func TestWhatBucketsCanTell(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		o      gate.LatencyOptions
		stable evidence.Counts
		want   string
	}{
		"the p99 may be anywhere in a wide bucket": {gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)}, inBuckets(0, 0, .995, 1, 1),
			"stable's p99 lies between 100 ms and 250 ms, which is all that its buckets tell: a candidate is sure to fail when its p99 is above 500 ms, 2 times that or more"},
		"no bound is high enough":                 {gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)}, inBuckets(0, 0, 0, 0, .995), "no bucket bound above 1.5 times that"},
		"most requests are above all bounds":      {gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)}, inBuckets(0, 0, 0, 0, .5), "above the highest bucket bound"},
		"bounds that are as fine as the question": {gate.LatencyOptions{Quantile: .99, Regression: ptr(2.)}, inBuckets(0, 0, .995, 1, 1), ""},
		"a limit compares with nothing":           {gate.LatencyOptions{Quantile: .99, Max: ptr(time.Second)}, inBuckets(0, 0, .995, 1, 1), ""},
		"nothing is known of stable":              {gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5)}, evidence.Counts{}, ""},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Latency(c.o)
			if err != nil {
				t.Fatal(err)
			}
			got := gate.Tells(g, c.stable.Latency)
			if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got != "" && !strings.Contains(got, "statsHistogramBuckets") {
				t.Errorf("it does not say how to get finer ones: %q", got)
			}
		})
	}
}

// A Journal of a version that compared at one bound only: what was seen of stable
// is kept, and the comparison begins anew.
func TestAnOlderComparisonBeginsAnew(t *testing.T) {
	t.Parallel()
	g, err := gate.Latency(gate.LatencyOptions{Quantile: .99, Regression: ptr(1.5), Max: ptr(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	p := gate.NewPanel(g)
	stable := inBuckets(0, 0, .995, 1, 1)
	p.Look(look(inBuckets(0, 0, 0, 0, 1), stable))
	p.Look(look(inBuckets(0, 0, 0, 0, 1), stable))
	state, err := p.State()
	if err != nil {
		t.Fatal(err)
	}
	older := strings.Replace(string(state), `"tails":2,`, "", 1)
	if older == string(state) {
		t.Fatalf("the state does not say how its claims are made: %s", state)
	}
	there := gate.NewPanel(g)
	if err := there.Restore(json.RawMessage(older)); err != nil {
		t.Fatal(err)
	}
	if v := there.Look(look(inBuckets(0, 0, 0, 0, 1), stable)); gate.All(v) != gate.Fail {
		t.Errorf("a candidate four times as slow: %+v", v)
	}
}
