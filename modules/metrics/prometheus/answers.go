package prometheus

import (
	"context"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

var _ metrics.Answerer = (*Source)(nil)

// Answers are a free query's in the time until now. Where several series answer
// there is none, as in a rollout.
func (s *Source) Answers(ctx context.Context, query string, d, step time.Duration) ([]evidence.Value, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, &silence{s.opts.Timeout})
	defer cancel()
	value, _, _, err := s.api.QueryRange(ctx, query, v1.Range{Start: now.Add(-d), End: now, Step: step}, v1.WithTimeout(s.opts.Timeout))
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, s.failed(query, err)
	}
	matrix, _ := value.(model.Matrix)
	if len(matrix) != 1 {
		return nil, nil
	}
	var out []evidence.Value
	for _, pair := range matrix[0].Values {
		if v := answer(float64(pair.Value), pair.Timestamp.Time()); v.OK {
			out = append(out, v)
		}
	}
	return out, nil
}
