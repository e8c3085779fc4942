package prometheus

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

var _ metrics.Ranger = (*Source)(nil)

// chunk is how much time one query for raw samples covers.
const chunk = 5 * time.Minute

// Range reads what was counted between two times, as totals since from at every
// step. It takes raw samples, so that restarts of proxies and gaps between
// scrapes are told from traffic as in a live rollout. A *metrics.NoSeriesError
// means that there is nothing of stable in that time.
func (s *Source) Range(ctx context.Context, subject metrics.Subject, from, to time.Time, step time.Duration) ([]evidence.Reading, error) {
	if err := subject.Validate(); err != nil {
		return nil, err
	}
	if !to.After(from) || step <= 0 {
		return nil, fmt.Errorf("prometheus: no time between %s and %s in steps of %s", from.Format(time.RFC3339), to.Format(time.RFC3339), step)
	}
	p := &past{source: s, subject: subject, step: step, tally: series.NewTally(s.sorter(subject), s.failure, from)}
	if err := p.baseline(ctx, from); err != nil {
		return nil, err
	}
	for at := from; at.Before(to); at = at.Add(chunk) {
		if err := p.read(ctx, at, earlier(at.Add(chunk), to)); err != nil {
			return nil, err
		}
	}
	if p.newest.IsZero() {
		return nil, s.noSeries(fmt.Sprintf("no samples of %s between %s and %s", clip(s.opts.everything(subject), 300), from.Format(time.RFC3339), to.Format(time.RFC3339)),
			"compare the host, the reporter and the times with what it has; samples older than its retention are gone")
	}
	return p.out, nil
}

// past is a Range under way.
type past struct {
	source  *Source
	subject metrics.Subject
	step    time.Duration
	tally   *series.Tally
	newest  time.Time
	out     []evidence.Reading
}

// baseline is what every series showed before.
func (p *past) baseline(ctx context.Context, from time.Time) error {
	value, _, err := p.source.ask(ctx, p.source.opts.baseline(p.subject), from)
	if err != nil {
		return err
	}
	vector, _ := value.(model.Vector)
	for _, sample := range vector {
		pair := []model.SamplePair{{Timestamp: sample.Timestamp, Value: sample.Value}}
		p.tally.Baseline(p.source.opts.samples(sample.Metric, pair))
	}
	return nil
}

// read takes the samples of one chunk and ends a look at every step in it.
func (p *past) read(ctx context.Context, from, to time.Time) error {
	value, _, err := p.source.ask(ctx, p.source.opts.newest(p.subject, to.Sub(from)), to)
	if err != nil {
		return err
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return p.source.failed("of raw samples", errNotPrometheus)
	}
	var samples []series.Sample
	for _, stream := range matrix {
		samples = append(samples, p.source.opts.samples(stream.Metric, stream.Values)...)
	}
	slices.SortStableFunc(samples, func(a, b series.Sample) int { return a.At.Compare(b.At) })
	for at := from; at.Before(to); {
		at = earlier(at.Add(p.step), to)
		n := 0
		for n < len(samples) && !samples[n].At.After(at) {
			n++
		}
		p.look(at, samples[:n])
		samples = samples[n:]
	}
	return nil
}

func (p *past) look(at time.Time, samples []series.Sample) {
	p.tally.Add(samples)
	p.newest = newest(p.newest, samples)
	r := p.tally.Look()
	r.At, r.Fresh = at, p.newest
	p.out = append(p.out, r)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
