package prometheus

import (
	"context"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence/promql"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// Source reads from one Prometheus.
type Source struct {
	opts    Options
	api     v1.API
	failure series.Failure
}

var _ metrics.Source = (*Source)(nil)

// New checks the options and asks nothing yet.
func New(opts Options) (*Source, error) {
	opts.setDefaults()
	if err := opts.validate(); err != nil {
		return nil, err
	}
	failure, err := series.NewFailure(opts.Codes, opts.GRPCCodes)
	if err != nil {
		return nil, err
	}
	address, rt, err := opts.endpoint()
	if err != nil {
		return nil, err
	}
	c, err := client(address, rt, opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	return &Source{opts: opts, api: v1.NewAPI(c), failure: failure}, nil
}

// Name is "prometheus".
func (s *Source) Name() string { return "prometheus" }

// Open remembers what every series shows now, and tries each free query once.
func (s *Source) Open(ctx context.Context, subject metrics.Subject, queries map[string]string) (metrics.Reader, error) {
	if err := subject.Validate(); err != nil {
		return nil, err
	}
	before := time.Now()
	server, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	r := &reader{
		source: s, subject: subject, queries: queries, last: server,
		ahead: server.Sub(before.Add(time.Since(before) / 2)),
		tally: series.NewTally(s.sorter(subject), s.failure, server),
	}
	value, _, err := s.ask(ctx, s.opts.baseline(subject), server)
	if err != nil {
		return nil, err
	}
	vector, _ := value.(model.Vector)
	for _, sample := range vector {
		pair := []model.SamplePair{{Timestamp: sample.Timestamp, Value: sample.Value}}
		r.tally.Baseline(s.opts.samples(sample.Metric, pair))
	}
	tried := make(map[string]string, len(queries))
	for name, text := range queries {
		tried[name] = promql.New(text, 0).Fill(promql.LeastWindow)
	}
	if _, err := s.values(ctx, tried, r.ahead); err != nil {
		return nil, err
	}
	return r, nil
}

// now is the time by the server's clock, which is the one that samples have.
func (s *Source) now(ctx context.Context) (time.Time, error) {
	value, _, err := s.ask(ctx, "time()", time.Time{})
	if err != nil {
		return time.Time{}, err
	}
	scalar, ok := value.(*model.Scalar)
	if !ok {
		return time.Time{}, s.failed("time()", errNotPrometheus)
	}
	return scalar.Timestamp.Time(), nil
}

func (s *Source) sorter(subject metrics.Subject) series.Sorter {
	return series.NewSorter(subject, false)
}
