package prometheus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// grown is the answer to increase(): series without their name.
func grown(values map[string]float64, metric func(key string) model.Metric) string {
	var out []string
	for key, v := range values {
		m := metric(key).Clone()
		delete(m, model.MetricNameLabel)
		out = append(out, fmt.Sprintf(`{"metric":%s,"value":[1,%q]}`, labels(m), number(v)))
	}
	return `{"resultType":"vector","result":[` + strings.Join(out, ",") + `]}`
}

func TestPastIsWhatStableServedInTheLastHour(t *testing.T) {
	t.Parallel()
	f := newFake()
	source := f.serve(t, nil)
	o, sub := &source.opts, subject()
	f.answers[o.increase(o.Names.Requests, sub, time.Hour)] = grown(map[string]float64{"200": 3599.6, "503": 4.2}, func(code string) model.Metric { return requests("sample", code) })
	f.answers[o.increase(o.Names.Latency+"_bucket", sub, time.Hour)] = grown(map[string]float64{"100": 3000, "+Inf": 3600}, func(le string) model.Metric { return bucket("sample", le) })
	f.answers[o.increase(o.Names.Latency+"_sum", sub, time.Hour)] = `{"resultType":"vector","result":[]}`
	f.answers["min(min_over_time(timestamp("+o.reported(o.selector("istio_requests_total", sub))+")[3600s:15s]))"] =
		fmt.Sprintf(`{"resultType":"vector","result":[{"metric":{},"value":[1,"%d"]}]}`, f.now.Add(-20*time.Minute).Unix())
	past, err := source.Past(t.Context(), sub, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if past.Stable.Requests != 3604 || past.Stable.Errors != 4 || past.Candidate.Requests != 0 {
		t.Errorf("got %+v", past)
	}
	if n, _, ok := past.Stable.Latency.AtMost(100 * time.Millisecond); !ok || n != 3000 || past.Stable.Latency.Total != 3600 {
		t.Errorf("latencies: %+v", past.Stable.Latency)
	}
	if d := past.End.Sub(past.Start); d != 20*time.Minute {
		t.Errorf("it is said to cover %s; Prometheus has 20 minutes", d)
	}
}
