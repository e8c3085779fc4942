package envoy

import (
	"io"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// The metrics as real Istio's proxies serve them. An Envoy that writes the
// same by its own statistics logger puts its prefix before them.
const (
	requestsMetric = "istio_requests_total"
	latencyMetric  = "istio_request_duration_milliseconds"
	openedMetric   = "istio_tcp_connections_opened_total"
	closedMetric   = "istio_tcp_connections_closed_total"
	envoyPrefix    = "envoy_"
)

// dialect turns one proxy's statistics into samples.
type dialect struct {
	side  Side
	proxy proxy
	at    time.Time
}

// parse reads the text format. A body that was cut short is an error, as far
// as the format can show it.
func (d dialect) parse(body io.Reader) ([]series.Sample, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		return nil, err
	}
	var out []series.Sample
	for _, prefix := range []string{"", envoyPrefix} {
		for _, m := range families[prefix+requestsMetric].GetMetric() {
			out = append(out, d.counter(m, series.Requests, "requests ")...)
		}
		for _, m := range families[prefix+openedMetric].GetMetric() {
			out = append(out, d.counter(m, series.Opened, "opened ")...)
		}
		for _, m := range families[prefix+closedMetric].GetMetric() {
			out = append(out, d.counter(m, series.Closed, "closed ")...)
		}
		for _, m := range families[prefix+latencyMetric].GetMetric() {
			out = append(out, d.latency(m)...)
		}
	}
	return out, nil
}

func (d dialect) counter(m *dto.Metric, part series.Part, key string) []series.Sample {
	s, ok := d.sample(m)
	if !ok {
		return nil
	}
	s.Part, s.Key = part, key+s.Group
	switch {
	case m.Counter != nil:
		s.Value = m.GetCounter().GetValue()
	case m.Untyped != nil:
		s.Value = m.GetUntyped().GetValue()
	default:
		return nil
	}
	return []series.Sample{s}
}

func (d dialect) latency(m *dto.Metric) []series.Sample {
	s, ok := d.sample(m)
	if !ok || m.Histogram == nil {
		return nil
	}
	var out []series.Sample
	for _, b := range m.GetHistogram().GetBucket() {
		if s.Bound, ok = series.Bound(b.GetUpperBound(), time.Millisecond); !ok {
			continue
		}
		s.Part, s.Key = series.Bucket, "bucket "+s.Bound.String()+" "+s.Group
		s.Value = max(float64(b.GetCumulativeCount()), b.GetCumulativeCountFloat())
		out = append(out, s)
	}
	s.Part, s.Key, s.Bound = series.Sum, "sum "+s.Group, 0
	s.Value = series.Micros(m.GetHistogram().GetSampleSum(), time.Millisecond)
	return append(out, s)
}

// sample reads the labels; false for the side that is not read.
func (d dialect) sample(m *dto.Metric) (series.Sample, bool) {
	labels := make(map[string]string, len(m.GetLabel()))
	key := make([]string, 0, len(m.GetLabel())+1)
	for _, pair := range m.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
		key = append(key, pair.GetName()+"="+pair.GetValue())
	}
	slices.Sort(key)
	s := series.Sample{At: d.at, Group: string(d.proxy.uid) + "\x00" + strings.Join(key, "\x00")}
	request, reporter := standard(labels)
	if cluster, ok := labels["upstream_cluster"]; ok {
		request, reporter = logged(cluster, labels)
	}
	if d.side == DestinationSide {
		request.Workload, request.Namespace = d.proxy.workload, d.proxy.namespace
	}
	s.Request = request
	return s, reporter == d.side
}

// standard reads the labels of real Istio.
func standard(labels map[string]string) (series.Request, Side) {
	return series.Request{
		Host: labels["destination_service"], Subset: series.Subset(labels["destination_subset"]),
		Workload: labels["destination_workload"], Namespace: labels["destination_workload_namespace"],
		Version: labels["destination_version"], Code: labels["response_code"],
		Flags: labels["response_flags"], GRPC: labels["grpc_response_status"],
	}, Side(labels["reporter"])
}

// logged reads the labels of Envoy's statistics logger. The cluster is
// "outbound|80|subset|host" or "inbound|8080||", the workload
// "name;namespace;canonical name;revision;cluster".
func logged(cluster string, labels map[string]string) (series.Request, Side) {
	r := series.Request{Code: labels["response_code"], Flags: labels["response_flags"], GRPC: labels["grpc_response_status"]}
	side := SourceSide
	if c := strings.SplitN(cluster, "|", 4); len(c) == 4 {
		r.Subset, r.Host = c[2], c[3]
		if c[0] == "inbound" {
			side = DestinationSide
		}
	}
	if w := strings.Split(labels["upstream_workload"], ";"); len(w) >= 4 {
		r.Workload, r.Namespace, r.Version = w[0], w[1], w[3]
	}
	return r, side
}
