package prometheus

import (
	"errors"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

// A past rollout of nine minutes: the candidate's series begins, its proxy
// restarts, and stable had counted long before.
func TestRangeCountsAPastRollout(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set(requests("sample", "200"), map[int]float64{-15: 5000, 0: 5100, 15: 5200, 300: 6000, 540: 7000})
	f.set(requests("sample-canary", "200"), map[int]float64{30: 10, 45: 20, 60: 5, 75: 8})
	f.set(requests("sample-canary", "503"), map[int]float64{45: 2, 60: 2, 400: 4})
	f.set(bucket("sample-canary", "+Inf"), map[int]float64{30: 10, 45: 22})
	f.set(bucket("sample-canary", "250"), map[int]float64{30: 9, 45: 20})
	got, err := f.serve(t, nil).Range(t.Context(), subject(), f.now, f.now.Add(9*time.Minute), 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 36 {
		t.Fatalf("%d readings, want one every 15 s of nine minutes", len(got))
	}
	for second, want := range map[int]evidence.Reading{
		15:  {Stable: evidence.Counts{Requests: 100}},
		30:  {Stable: evidence.Counts{Requests: 100}, Candidate: evidence.Counts{Requests: 10}},
		45:  {Stable: evidence.Counts{Requests: 100}, Candidate: evidence.Counts{Requests: 22, Errors: 2}},
		60:  {Stable: evidence.Counts{Requests: 100}, Candidate: evidence.Counts{Requests: 27, Errors: 2}},
		75:  {Stable: evidence.Counts{Requests: 100}, Candidate: evidence.Counts{Requests: 30, Errors: 2}},
		300: {Stable: evidence.Counts{Requests: 900}, Candidate: evidence.Counts{Requests: 30, Errors: 2}},
		540: {Stable: evidence.Counts{Requests: 1900}, Candidate: evidence.Counts{Requests: 32, Errors: 4}},
	} {
		r := got[second/15-1]
		if !r.At.Equal(f.now.Add(time.Duration(second) * time.Second)) {
			t.Errorf("reading at %s, want %d s", r.At.Sub(f.now), second)
		}
		if r.Stable.Requests != want.Stable.Requests || r.Candidate.Requests != want.Candidate.Requests || r.Candidate.Errors != want.Candidate.Errors {
			t.Errorf("by %d s: stable %d, candidate %d of which %d failed; want %+v", second, r.Stable.Requests, r.Candidate.Requests, r.Candidate.Errors, want)
		}
	}
	if h := got[2].Candidate.Latency; h.Total != 22 || h.Buckets[250*time.Millisecond] != 20 {
		t.Errorf("durations by 45 s: %+v", h)
	}
	if r := got[5]; r.At.Sub(r.Fresh) != 15*time.Second {
		t.Errorf("by 90 s the newest sample is %s old, want 15 s", r.At.Sub(r.Fresh))
	}
	if len(got[3].Notes) == 0 {
		t.Error("the restart of a counter is not told")
	}
}

func TestRangeWithoutSamples(t *testing.T) {
	t.Parallel()
	f := newFake()
	_, err := f.serve(t, nil).Range(t.Context(), subject(), f.now, f.now.Add(time.Minute), time.Second)
	var none *metrics.NoSeriesError
	if !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
	if _, err := f.serve(t, nil).Range(t.Context(), subject(), f.now, f.now, time.Second); err == nil {
		t.Error("no time at all is accepted")
	}
}
