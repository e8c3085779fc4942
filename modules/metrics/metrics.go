// Package metrics says where Evidence comes from. A Source knows one way to
// count the requests of stable and candidate; a Reader is one Rollout's view of
// it, whose totals only grow. The folders below hold one source each.
package metrics

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Source is one way to count requests.
type Source interface {
	// Name is how people call it, such as "prometheus" or "envoy".
	Name() string
	// Check is the preflight: nil when the source answers and has series for
	// stable. A *NoSeriesError means that it answers and has none; any other
	// error that it cannot be used as it is. Nothing is written anywhere.
	Check(ctx context.Context, subject Subject) error
	// Open takes the baseline: what was counted before it is never reported.
	// The queries are free queries by name, asked at every Read; a source that
	// cannot ask them returns an error that wraps ErrQueries.
	Open(ctx context.Context, subject Subject, queries map[string]string) (Reader, error)
}

// Historian is a Source that can also say what was counted before it was asked.
type Historian interface {
	// Past is what happened in the time until now, roughly: for a forecast, not for
	// a gate. Its Start is later where the source remembers less.
	Past(ctx context.Context, subject Subject, d time.Duration) (evidence.Evidence, error)
}

// Ranger is a Source that can say what was counted when, exactly: good enough for
// a gate.
type Ranger interface {
	// Range reads totals since from at every step until to.
	Range(ctx context.Context, subject Subject, from, to time.Time, step time.Duration) ([]evidence.Reading, error)
}

// Answerer is a Source that can say what a free query answered before it was asked.
type Answerer interface {
	// Answers are those in the time until now, step apart and oldest first; moments
	// without a number are left out.
	Answers(ctx context.Context, query string, d, step time.Duration) ([]evidence.Value, error)
}

// Windowed is a Reader whose free queries may hold promql.Window.
type Windowed interface {
	// Window says since when the candidate has had traffic, and since when it has
	// had the weight that it has now; the first is zero while it has none. It
	// stands for every Read to come.
	Window(onTrial, step time.Time)
}

// SubsetTeller is a Source whose series may name the subset that the route chose,
// which Istio's do not unless they are told to.
type SubsetTeller interface {
	// TellsSubsets says that those counted so far do.
	TellsSubsets(ctx context.Context, subject Subject) (bool, error)
}

// Reader counts since Open.
type Reader interface {
	// Read returns the totals since Open. They never shrink, whatever restarts
	// or goes missing below. An error is "no evidence now" and not "no
	// requests": the next Read may succeed and then holds what was missed.
	Read(ctx context.Context) (evidence.Reading, error)
	// Close ends the reader; Read fails afterwards.
	Close() error
}
