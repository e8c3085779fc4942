package prometheus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/promql"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/counter"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// The window that a Read asks for reaches back to the one before and a little
// further, so that nothing between two looks is missed.
const (
	shortest = time.Minute
	longest  = 5 * time.Minute
	overlap  = 30 * time.Second
)

// reader asks for raw samples, not for values at an instant: only they carry
// the time at which they were taken, and so tell news from a repetition.
type reader struct {
	source  *Source
	subject metrics.Subject
	queries map[string]string

	mu     sync.Mutex
	span   span
	tally  *series.Tally
	ahead  time.Duration // the server's clock minus ours
	last   time.Time     // the server's time at the last Read that succeeded
	newest time.Time     // of all samples, by the server's clock
	closed bool
}

// Read asks for everything since the last Read at once.
func (r *reader) Read(ctx context.Context) (evidence.Reading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return evidence.Reading{}, errors.New("prometheus: the reader is closed")
	}
	at := time.Now()
	server := at.Add(r.ahead)
	window := min(max(server.Sub(r.last)+overlap, shortest), longest)
	value, warnings, err := r.source.ask(ctx, r.source.opts.newest(r.subject, window), time.Time{})
	if err != nil {
		return evidence.Reading{}, err
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return evidence.Reading{}, r.source.failed("of raw samples", errNotPrometheus)
	}
	values, err := r.source.values(ctx, r.filled(at), r.ahead)
	if err != nil {
		return evidence.Reading{}, err
	}
	r.take(matrix)
	r.last = server
	return r.reading(at, values, warnings), nil
}

func (r *reader) take(matrix model.Matrix) {
	for _, stream := range matrix {
		samples := r.source.opts.samples(stream.Metric, stream.Values)
		r.tally.Add(samples)
		r.newest = newest(r.newest, samples)
	}
}

// newest is the latest time of a sample that says something.
func newest(so time.Time, samples []series.Sample) time.Time {
	for _, s := range samples {
		if s.At.After(so) && counter.Valid(s.Value) {
			so = s.At
		}
	}
	return so
}

func (r *reader) reading(at time.Time, values map[string]evidence.Value, notes []string) evidence.Reading {
	out := r.tally.Look()
	out.At, out.Values, out.Notes = at, values, append(notes, out.Notes...)
	if r.newest.IsZero() {
		out.Notes = append(out.Notes, "prometheus has no series of this service yet")
		return out
	}
	out.Fresh = r.newest.Add(-r.ahead)
	for _, side := range []*time.Time{&out.Reported.Stable, &out.Reported.Candidate, &out.Reported.Baseline} {
		if !side.IsZero() {
			*side = side.Add(-r.ahead)
		}
	}
	if age := at.Sub(out.Fresh); age > shortest {
		out.Notes = append(out.Notes, fmt.Sprintf("prometheus: the newest sample is %s old; is it still scraping the proxies?", age.Round(time.Second)))
	}
	return out
}

// span is the time that $window may reach back to.
type span struct{ onTrial, step time.Time }

// Window says where $window may reach back to.
func (r *reader) Window(onTrial, step time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.span = span{onTrial, step}
}

// filled are the queries with $window filled in; those that it would take to
// before the candidate's traffic are left out, and so have no answer.
func (r *reader) filled(now time.Time) map[string]string {
	out := make(map[string]string, len(r.queries))
	for name, text := range r.queries {
		q := promql.New(text, 0)
		if !q.Windowed() {
			out[name] = text
			continue
		}
		if r.span.onTrial.IsZero() {
			continue
		}
		if window, ok := q.Fit(now.Sub(r.span.step), now.Sub(r.span.onTrial)); ok {
			out[name] = q.Fill(window)
		}
	}
	return out
}

// Close ends the reader.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}
