package prometheus

import (
	"strconv"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// request reads the labels by their configured names.
func (o *Options) request(m model.Metric) series.Request {
	get := func(name string) string { return string(m[model.LabelName(name)]) }
	l := o.Labels
	return series.Request{
		Host: get(l.Host), Subset: series.Subset(get(l.Subset)), Workload: get(l.Workload), Namespace: get(l.Namespace),
		Version: get(l.Version), Code: get(l.Code), Flags: get(l.Flags), GRPC: get(l.GRPC),
	}
}

// samples puts one series' points in the mesh's words; none for a series that
// is neither the counter nor part of the histogram.
func (o *Options) samples(m model.Metric, points []model.SamplePair) []series.Sample {
	s, ok := o.sample(m)
	if !ok {
		return nil
	}
	out := make([]series.Sample, 0, len(points))
	for _, p := range points {
		s.At, s.Value = p.Timestamp.Time(), float64(p.Value)
		if s.Part == series.Sum {
			s.Value = series.Micros(s.Value, o.Names.Unit)
		}
		out = append(out, s)
	}
	return out
}

func (o *Options) sample(m model.Metric) (series.Sample, bool) {
	s := series.Sample{Request: o.request(m)}
	name, le := string(m[model.MetricNameLabel]), string(m[model.BucketLabel])
	switch name {
	case o.Names.Requests:
		s.Part = series.Requests
	case openedMetric:
		s.Part = series.Opened
	case closedMetric:
		s.Part = series.Closed
	case o.Names.Latency + "_sum":
		s.Part = series.Sum
	case o.Names.Latency + "_bucket":
		s.Part = series.Bucket
		bound, err := strconv.ParseFloat(le, 64)
		if err != nil {
			return s, false
		}
		var ok bool
		if s.Bound, ok = series.Bound(bound, o.Names.Unit); !ok {
			return s, false
		}
	default:
		return s, false
	}
	rest := m.Clone()
	delete(rest, model.MetricNameLabel)
	delete(rest, model.BucketLabel)
	s.Group = rest.String()
	s.Key = name + " " + le + " " + s.Group
	return s, true
}
