package gate_test

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func counts(requests, errors uint64) evidence.Counts {
	return evidence.Counts{Requests: requests, Errors: errors}
}

// look is fresh Evidence of one window.
func look(candidate, stable evidence.Counts) evidence.Evidence {
	return evidence.Evidence{
		Start: noon, End: noon.Add(15 * time.Second), Fresh: noon.Add(14 * time.Second),
		Candidate: candidate, Stable: stable,
	}
}

// timed are requests of which the given numbers took at most 100, 250 and 500 ms.
func timed(requests, in100, in250, in500 uint64) evidence.Counts {
	return evidence.Counts{Requests: requests, Latency: evidence.Histogram{
		Total: requests,
		Buckets: map[time.Duration]uint64{
			100 * time.Millisecond: in100, 250 * time.Millisecond: in250, 500 * time.Millisecond: in500,
		},
	}}
}

func answer(name string, v float64, at time.Time) evidence.Evidence {
	return evidence.Evidence{
		End: at, Fresh: at, OnTrial: noon.Add(-time.Hour),
		Values: map[string]evidence.Value{name: {Value: v, At: at, OK: true}},
	}
}

func last(t gate.Trial, looks ...evidence.Evidence) (v gate.Verdict) {
	for _, l := range looks {
		v = t.Look(l)
	}
	return v
}

var fixed = gate.Promise{Method: gate.Fixed}
