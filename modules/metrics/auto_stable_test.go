package metrics_test

import (
	"context"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

// ranger is a source that remembers.
type ranger struct {
	fake
	readings []evidence.Reading
	err      error
}

func (r *ranger) Range(context.Context, metrics.Subject, time.Time, time.Time, time.Duration) ([]evidence.Reading, error) {
	return r.readings, r.err
}

func TestStableIsWhatTheFirstThatRemembersSays(t *testing.T) {
	t.Parallel()
	at := time.Unix(1e9, 0)
	reading := func(s int, requests, errors uint64) evidence.Reading {
		now := at.Add(time.Duration(s) * time.Second)
		return evidence.Reading{At: now, Fresh: now, Stable: evidence.Counts{Requests: requests, Errors: errors}, Candidate: evidence.Counts{Requests: 5}}
	}
	remembers := &ranger{readings: []evidence.Reading{reading(15, 100, 1), reading(30, 250, 1), reading(45, 400, 4)}}
	got, err := metrics.Auto(&fake{name: "envoy"}, remembers).Stable(t.Context(), metrics.Subject{}, time.Hour, 15*time.Second)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if w := got[1]; w.Stable.Requests != 150 || w.Stable.Errors != 3 || w.Candidate.Requests != 0 || w.End.Sub(w.Start) != 15*time.Second {
		t.Errorf("the last window is %+v", w)
	}
	for reason, c := range map[string]struct {
		sources []metrics.Source
		fails   bool
	}{
		"nobody remembers":       {[]metrics.Source{&fake{name: "envoy"}}, false},
		"it served nothing":      {[]metrics.Source{&ranger{err: errIdle}}, false},
		"who remembers is away ": {[]metrics.Source{&ranger{err: errDown}}, true},
	} {
		got, err := metrics.Auto(c.sources...).Stable(t.Context(), metrics.Subject{}, time.Hour, time.Second)
		if len(got) > 0 || (err != nil) != c.fails {
			t.Errorf("%s: %+v, %v", reason, got, err)
		}
	}
}
