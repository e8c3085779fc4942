package evidence_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/evidence"
)

const ms = time.Millisecond

// hundred are 100 requests: 50 within 10 ms, 90 within 100 ms, 2 above 1 s.
func hundred() evidence.Histogram {
	return evidence.Histogram{Total: 100, Sum: 9 * time.Second, Buckets: map[time.Duration]uint64{10 * ms: 50, 100 * ms: 90, 1000 * ms: 98}}
}

func TestAtMost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		bound  time.Duration
		n      uint64
		used   time.Duration
		ok     bool
	}{
		"on a bound":       {"an exact bound is exact", 100 * ms, 90, 100 * ms, true},
		"between bounds":   {"the next lower bound is used, and told", 500 * ms, 90, 100 * ms, true},
		"above all":        {"the last bound is used", time.Hour, 98, 1000 * ms, true},
		"below the lowest": {"nothing is known that low", 5 * ms, 0, 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, used, ok := hundred().AtMost(test.bound)
			if n != test.n || used != test.used || ok != test.ok {
				t.Errorf("%s: %d within %s (%v)", test.reason, n, used, ok)
			}
		})
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason    string
		histogram evidence.Histogram
		q         float64
		want      time.Duration
		ok        bool
	}{
		"median on a bound":   {"50 of 100 are within 10 ms", hundred(), .5, 10 * ms, true},
		"within a bucket":     {"the 70th is half way from the 50th to the 90th", hundred(), .7, 55 * ms, true},
		"in the first bucket": {"the 25th is half way from nothing to 10 ms", hundred(), .25, 5 * ms, true},
		"above the last":      {"more is not known than the last bound", hundred(), .99, 1000 * ms, true},
		"empty":               {"no requests, no quantile", evidence.Histogram{}, .5, 0, false},
		"no buckets":          {"a total alone has no quantile", evidence.Histogram{Total: 5}, .5, 0, false},
		"empty low buckets": {"a bucket without requests is passed over",
			evidence.Histogram{Total: 10, Buckets: map[time.Duration]uint64{10 * ms: 0, 20 * ms: 10}}, 0, 10 * ms, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := test.histogram.Quantile(test.q); got != test.want || ok != test.ok {
				t.Errorf("%s: %s (%v), want %s", test.reason, got, ok, test.want)
			}
		})
	}
}

func TestHistogramsWithOtherBounds(t *testing.T) {
	t.Parallel()
	coarse := evidence.Histogram{Total: 10, Buckets: map[time.Duration]uint64{100 * ms: 7}}
	got := hundred().Add(coarse)
	want := map[time.Duration]uint64{100 * ms: 97}
	if got.Total != 110 || !cmp.Equal(got.Buckets, want) {
		t.Errorf("got %d in %v; a bound that only one side has counts some requests and not others", got.Total, got.Buckets)
	}
	if sum := (evidence.Histogram{}).Add(hundred()); !cmp.Equal(sum, hundred()) {
		t.Errorf("nothing plus something is %v", sum)
	}
	if sum := hundred().Add(evidence.Histogram{}); !cmp.Equal(sum, hundred()) {
		t.Errorf("something plus nothing is %v", sum)
	}
}

func TestAddLeavesItsInputsAlone(t *testing.T) {
	t.Parallel()
	a, b := hundred(), hundred()
	_ = a.Add(b)
	_ = a.Sub(b)
	if !cmp.Equal(a, hundred()) || !cmp.Equal(b, hundred()) {
		t.Errorf("changed: %v, %v", a, b)
	}
}

func TestHistogramAsJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(hundred())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"total":100,"sumMs":9000,"buckets":[{"leMs":10,"count":50},{"leMs":100,"count":90},{"leMs":1000,"count":98}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHistogramSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := evidence.Histogram{
			Total:   rapid.Uint64Range(0, 1<<40).Draw(t, "total"),
			Sum:     time.Duration(rapid.Int64Range(0, 1<<30).Draw(t, "ms")) * time.Millisecond,
			Buckets: map[time.Duration]uint64{},
		}
		for range rapid.IntRange(0, 4).Draw(t, "buckets") {
			bound := time.Duration(rapid.Int64Range(1, 1<<30).Draw(t, "bound µs")) * time.Microsecond
			in.Buckets[bound] = rapid.Uint64Range(0, in.Total).Draw(t, "count")
		}
		data, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out evidence.Histogram
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, out); diff != "" {
			t.Fatalf("%s (-in +out):\n%s", data, diff)
		}
	})
	if err := json.Unmarshal([]byte(`{"total":"many"}`), &evidence.Histogram{}); err == nil {
		t.Error("a total that is no number is accepted")
	}
}
