package prometheus

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

var _ metrics.Historian = (*Source)(nil)

// Past is what was counted in the time until now, by PromQL's increase(), which
// extrapolates to the window's ends: good enough for a forecast, not for a gate.
// Where Prometheus has less than that time, its window is shorter.
func (s *Source) Past(ctx context.Context, subject metrics.Subject, d time.Duration) (evidence.Evidence, error) {
	now, err := s.now(ctx)
	if err != nil {
		return evidence.Evidence{}, err
	}
	began := now.Add(-d)
	tally := series.NewTally(s.sorter(subject), s.failure, began)
	names := []string{s.opts.Names.Requests, s.opts.Names.Latency + "_bucket", s.opts.Names.Latency + "_sum"}
	if subject.Connections {
		names = []string{openedMetric, closedMetric}
	}
	for _, name := range names {
		value, _, err := s.ask(ctx, s.opts.increase(name, subject, d), time.Time{})
		if err != nil {
			return evidence.Evidence{}, err
		}
		vector, _ := value.(model.Vector)
		for _, sample := range vector {
			m := sample.Metric.Clone()
			m[model.MetricNameLabel] = model.LabelValue(name) // which increase() drops
			tally.Add(s.opts.samples(m, []model.SamplePair{{Timestamp: model.TimeFromUnixNano(now.UnixNano()), Value: whole(sample.Value)}}))
		}
	}
	seen := tally.Look()
	return evidence.Evidence{Start: s.oldest(ctx, subject, now, d), End: now, Fresh: now, Stable: seen.Stable, Candidate: seen.Candidate, Baseline: seen.Baseline}, nil
}

func whole(v model.SampleValue) model.SampleValue { return model.SampleValue(math.Round(float64(v))) }

// increase is how much each series of a metric grew.
func (o *Options) increase(name string, subject metrics.Subject, d time.Duration) string {
	return fmt.Sprintf("increase(%s[%ds])", o.reported(o.selector(regexp.QuoteMeta(name), subject)), int(d/time.Second))
}

// oldest is when the first sample of the window was taken; its beginning where
// that cannot be told.
func (s *Source) oldest(ctx context.Context, subject metrics.Subject, now time.Time, d time.Duration) time.Time {
	counter := s.opts.reported(s.opts.selector(regexp.QuoteMeta(s.opts.counter(subject)), subject))
	value, _, err := s.ask(ctx, fmt.Sprintf("min(min_over_time(timestamp(%s)[%ds:15s]))", counter, int(d/time.Second)), time.Time{})
	vector, ok := value.(model.Vector)
	if err != nil || !ok || len(vector) != 1 {
		return now.Add(-d)
	}
	at := time.Unix(0, int64(float64(vector[0].Value)*float64(time.Second)))
	if at.Before(now.Add(-d)) || !at.Before(now) {
		return now.Add(-d)
	}
	return at
}
