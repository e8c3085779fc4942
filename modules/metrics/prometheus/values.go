package prometheus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// values asks the free queries, in the order of their names.
func (s *Source) values(ctx context.Context, queries map[string]string, ahead time.Duration) (map[string]evidence.Value, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	out := make(map[string]evidence.Value, len(queries))
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		value, _, err := s.ask(ctx, queries[name], time.Time{})
		if err != nil {
			return nil, fmt.Errorf("gate %s: %w", name, err)
		}
		number, at, err := single(value)
		if err != nil {
			return nil, fmt.Errorf("gate %s: %w", name, s.failed(queries[name], err))
		}
		out[name] = answer(number, at.Add(-ahead))
	}
	return out, nil
}

// single is the one number of an answer, NaN when there is none.
func single(value model.Value) (float64, time.Time, error) {
	switch v := value.(type) {
	case *model.Scalar:
		return float64(v.Value), v.Timestamp.Time(), nil
	case model.Vector:
		switch {
		case len(v) == 0:
			return math.NaN(), time.Time{}, nil
		case len(v) > 1:
			return 0, time.Time{}, fmt.Errorf("%d series answer, such as %s and %s: make it one number, with sum() or max()", len(v), clip(v[0].Metric.String(), 150), clip(v[1].Metric.String(), 150))
		case v[0].Histogram != nil:
			return 0, time.Time{}, errors.New("a native histogram answers: make it one number, with histogram_quantile() or histogram_count()")
		}
		return float64(v[0].Value), v[0].Timestamp.Time(), nil
	}
	return 0, time.Time{}, fmt.Errorf("a %s answers: make it one number, without a range such as [5m] at the end", value.Type())
}

// answer is not OK for what is no number: 0/0 is the usual "no traffic".
func answer(number float64, at time.Time) evidence.Value {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return evidence.Value{}
	}
	return evidence.Value{Value: number, At: at, OK: true}
}
