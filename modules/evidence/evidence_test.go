package evidence_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/evidence"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func counts(requests, errors uint64) evidence.Counts {
	return evidence.Counts{Requests: requests, Errors: errors}
}

func TestEvidenceBetweenTwoReadings(t *testing.T) {
	t.Parallel()
	earlier := evidence.Reading{At: start, Fresh: start, Stable: counts(100, 1), Candidate: counts(10, 0)}
	later := evidence.Reading{
		At: start.Add(10 * time.Second), Fresh: start.Add(9 * time.Second),
		Stable: counts(190, 1), Candidate: counts(20, 3),
		Values: map[string]evidence.Value{"queue": {Value: 4, OK: true}},
	}
	want := evidence.Evidence{
		Start: start, End: start.Add(10 * time.Second), Fresh: start.Add(9 * time.Second),
		Stable: counts(90, 0), Candidate: counts(10, 3),
		Values: map[string]evidence.Value{"queue": {Value: 4, OK: true}},
	}
	if diff := cmp.Diff(want, later.Since(earlier)); diff != "" {
		t.Errorf("the window (-want +got):\n%s", diff)
	}
}

// TestWindowsAddUp holds for any cut of a rollout into looks: what the looks
// saw is what happened.
func TestWindowsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := evidence.Reading{At: start, Stable: drawCounts(t), Candidate: drawCounts(t)}
		last := first
		var sum evidence.Evidence
		for range rapid.IntRange(1, 5).Draw(t, "looks") {
			next := evidence.Reading{
				At:     last.At.Add(time.Second),
				Stable: last.Stable.Add(drawCounts(t)), Candidate: last.Candidate.Add(drawCounts(t)),
			}
			sum = sum.Add(next.Since(last))
			last = next
		}
		if diff := cmp.Diff(last.Since(first), sum); diff != "" {
			t.Fatalf("the looks do not add up to the whole (-whole +sum):\n%s", diff)
		}
	})
}

func drawCounts(t *rapid.T) evidence.Counts {
	fast := rapid.Uint64Range(0, 1_000).Draw(t, "fast")
	slow := rapid.Uint64Range(0, 1_000).Draw(t, "slow")
	return evidence.Counts{
		Requests: fast + slow,
		Errors:   rapid.Uint64Range(0, fast+slow).Draw(t, "errors"),
		Latency: evidence.Histogram{
			Total: fast + slow, Sum: time.Duration(fast+100*slow) * time.Millisecond,
			Buckets: map[time.Duration]uint64{10 * time.Millisecond: fast, time.Second: fast + slow},
		},
	}
}

func TestShareAndRateNeedRequests(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason      string
		evidence    evidence.Evidence
		share, rate float64
		shared, ok  bool
	}{
		"nothing":        {"no traffic is no share and no rate", evidence.Evidence{}, 0, 0, false, false},
		"only stable":    {"no candidate traffic is a share of zero, and no rate", evidence.Evidence{Stable: counts(10, 0)}, 0, 0, true, false},
		"both":           {"1 of 10 requests, half of them failed", evidence.Evidence{Stable: counts(18, 0), Candidate: counts(2, 1)}, .1, .5, true, true},
		"only candidate": {"at full weight", evidence.Evidence{Candidate: counts(4, 0)}, 1, 0, true, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if share, ok := test.evidence.Share(); share != test.share || ok != test.shared {
				t.Errorf("%s: share %v %v", test.reason, share, ok)
			}
			if rate, ok := test.evidence.Candidate.ErrorRate(); rate != test.rate || ok != test.ok {
				t.Errorf("%s: error rate %v %v", test.reason, rate, ok)
			}
		})
	}
}

func TestSubNeverGoesBelowZero(t *testing.T) {
	t.Parallel()
	less, more := counts(1, 0), counts(5, 3)
	less.Latency = evidence.Histogram{Total: 1, Sum: time.Second, Buckets: map[time.Duration]uint64{time.Second: 1}}
	more.Latency = evidence.Histogram{Total: 5, Sum: time.Minute, Buckets: map[time.Duration]uint64{time.Second: 5}}
	got := less.Sub(more)
	if got.Requests != 0 || got.Errors != 0 || got.Latency.Total != 0 || got.Latency.Sum != 0 || got.Latency.Buckets[time.Second] != 0 {
		t.Errorf("%+v", got)
	}
}

func TestOnTrialIsTheTimeOfTrafficWithoutABreak(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(s int, requests uint64) evidence.Evidence {
		return evidence.Evidence{End: noon.Add(time.Duration(s) * time.Second), Candidate: evidence.Counts{Requests: requests}}
	}
	var on time.Time
	for i, c := range []struct {
		look   evidence.Evidence
		weight int
		want   time.Time
	}{
		{at(0, 0), 0, time.Time{}},
		{at(1, 7), 0, time.Time{}},                 // by a route of the user's own
		{at(2, 0), 1, time.Time{}},                 // its weight, and nobody came yet
		{at(3, 1), 1, noon.Add(3 * time.Second)},   // the first
		{at(4, 0), 5, noon.Add(3 * time.Second)},   // a pause of the callers
		{at(5, 0), 0, time.Time{}},                 // held: traffic went back
		{at(99, 4), 5, noon.Add(99 * time.Second)}, // resumed
		{at(100, 9), 5, noon.Add(99 * time.Second)},
	} {
		if on = c.look.OnTrialAfter(on, c.weight); !on.Equal(c.want) {
			t.Errorf("look %d: %s, want %s", i, on, c.want)
		}
	}
}
