package prometheus

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/metrics"
)

const host = "sample.demo.svc.cluster.local"

func subject() metrics.Subject {
	return metrics.Subject{
		Namespace: "demo", Service: "sample", Hosts: []string{host},
		Stable:    metrics.Side{Workload: "sample", Subsets: []string{"stable"}, Host: host},
		Candidate: metrics.Side{Workload: "sample-canary", Subsets: []string{"canary"}, Host: host},
	}
}

// stored is a series in the fake, with samples at seconds relative to now.
type stored struct {
	metric model.Metric
	points map[int]float64
}

// fake is a Prometheus for what a real one does too rarely to wait for. A real
// one is asked in the mesh's journeys.
type fake struct {
	mu      sync.Mutex
	now     time.Time
	series  []stored
	answers map[string]string // to queries not of ours, as they go over the wire
	status  []int             // for the next requests, 200 when there are none
	asked   []string
}

func newFake() *fake {
	return &fake{now: time.Now().Truncate(time.Second), answers: map[string]string{}}
}

// serve starts it; the source that is returned asks it.
func (f *fake) serve(t *testing.T, change func(*Options)) *Source {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	opts := Options{URL: server.URL}
	if change != nil {
		change(&opts)
	}
	source, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	query := r.FormValue("query")
	f.asked = append(f.asked, query)
	if len(f.status) > 0 {
		status := f.status[0]
		if f.status = f.status[1:]; status != http.StatusOK {
			http.Error(w, "out of order", status)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	answer, known := f.answers[query]
	switch {
	case known:
	case query == "time()":
		answer = fmt.Sprintf(`{"resultType":"scalar","result":[%d,"%d"]}`, f.now.Unix(), f.now.Unix())
	case strings.HasPrefix(query, "last_over_time("):
		answer = f.vector(0)
	case strings.HasPrefix(query, "count by"), strings.HasPrefix(query, "count("):
		answer = f.vector(0)
	case strings.HasSuffix(query, "s]"):
		answer = f.matrix()
	default:
		http.Error(w, `{"status":"error","errorType":"bad_data","error":"unknown query"}`, http.StatusBadRequest)
		return
	}
	_, _ = fmt.Fprintf(w, `{"status":"success","data":%s}`, answer)
}

// vector is the newest value of each series up to a second.
func (f *fake) vector(upTo int) string {
	var out []string
	for _, s := range f.series {
		newest := math.MinInt
		for second := range s.points {
			if second <= upTo && second > newest {
				newest = second
			}
		}
		if newest > math.MinInt {
			out = append(out, fmt.Sprintf(`{"metric":%s,"value":[%d,%q]}`, labels(s.metric), f.now.Unix(), number(s.points[newest])))
		}
	}
	return `{"resultType":"vector","result":[` + strings.Join(out, ",") + `]}`
}

func (f *fake) matrix() string {
	var out []string
	for _, s := range f.series {
		var points []string
		for second := -60; second <= 600; second++ {
			if v, ok := s.points[second]; ok {
				points = append(points, fmt.Sprintf(`[%d,%q]`, f.now.Unix()+int64(second), number(v)))
			}
		}
		out = append(out, fmt.Sprintf(`{"metric":%s,"values":[%s]}`, labels(s.metric), strings.Join(points, ",")))
	}
	return `{"resultType":"matrix","result":[` + strings.Join(out, ",") + `]}`
}

// set replaces a series' samples; the name decides.
func (f *fake) set(metric model.Metric, points map[int]float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, s := range f.series {
		if s.metric.Equal(metric) {
			f.series[i].points = points
			return
		}
	}
	f.series = append(f.series, stored{metric, points})
}

func (f *fake) fail(status ...int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = status
}

func (f *fake) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.series = nil
}

func (f *fake) queries() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func labels(m model.Metric) string {
	data, _ := json.Marshal(m)
	return string(data)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// requests is a series of the counter.
func requests(workload, code string) model.Metric {
	return model.Metric{
		"__name__": "istio_requests_total", "reporter": "source", "pod": "gateway-1",
		"destination_service": host, "destination_workload": model.LabelValue(workload),
		"destination_workload_namespace": "demo", "response_code": model.LabelValue(code), "response_flags": "-",
	}
}

// bucket is a series of the histogram.
func bucket(workload, le string) model.Metric {
	m := requests(workload, "200")
	m["__name__"], m["le"] = "istio_request_duration_milliseconds_bucket", model.LabelValue(le)
	return m
}
