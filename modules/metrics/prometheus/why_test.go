package prometheus

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A Prometheus that cannot be asked is named, with the setting that mends it.
func TestWhyAPrometheusCannotBeAskedIsSaid(t *testing.T) {
	t.Parallel()
	plain := start(t, func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) })
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	_ = listener.Close()
	silent := start(t, func(_ http.ResponseWriter, r *http.Request) { _ = r.ParseForm(); <-r.Context().Done() })
	for reason, test := range map[string]struct{ url, says string }{
		"nobody listens":                      {nobody, "metrics.prometheus.service: namespace/name:port"},
		"the name is the cluster's alone":     {"http://prometheus.monitoring.svc.invalid:9090", "metrics.prometheus.service: namespace/name:port"},
		"it is behind something silent":       {silent, "metrics.prometheus.service: namespace/name:port"},
		"its CA is its own":                   {secure.URL, "metrics.prometheus.caFile"},
		"http for https":                      {strings.Replace(secure.URL, "https", "http", 1), "write https://"},
		"https for http":                      {strings.Replace(plain, "http", "https", 1), "write http://"},
		"it stands below another path":        {plain + "/graph", "check the path"},
		"its certificate is for no such name": {strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), "certificate"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			err := now(t, Options{URL: test.url, Timeout: 500 * time.Millisecond})
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "prometheus at "+test.url) {
				t.Errorf("want the address and %q, got %v", test.says, err)
			}
		})
	}
}

func TestTheAddressOfAnAPICallIsRefused(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"http://prometheus:9090":                                            true,
		"http://mimir/prometheus/":                                          true,
		"http://prometheus:9090/api/v1":                                     false,
		"http://prometheus:9090/api/v1/":                                    false,
		"http://mimir/prometheus/api/v1/query":                              false,
		"https://k8s:6443/api/v1/namespaces/m/services/p:9090/proxy":        true,
		"https://k8s:6443/api/v1/namespaces/m/services/p:9090/proxy/api/v1": false,
	} {
		if _, err := New(Options{URL: address}); (err == nil) != good || err != nil && !strings.Contains(err.Error(), "leave /api/v1") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestMatchThatExcludesEverythingIsNamed(t *testing.T) {
	t.Parallel()
	const none, some = `{"resultType":"vector","result":[]}`, `{"resultType":"vector","result":[{"metric":{},"value":[1000,"7"]}]}`
	f := newFake()
	f.answers[`count({__name__=~"istio_requests_total"})`] = some
	f.answers[`count({__name__=~"istio_requests_total",job="envoy-stats"})`] = none
	err := f.serve(t, func(o *Options) { o.Match = map[string]string{"job": "envoy-stats"} }).Check(t.Context(), subject())
	if err == nil || !strings.Contains(err.Error(), `metrics.prometheus.match: {job="envoy-stats"}`) || strings.Contains(err.Error(), "destination_service") {
		t.Errorf("got %v", err)
	}
	f.answers[`count({__name__=~"istio_requests_total",job="envoy-stats"})`] = some
	err = f.serve(t, func(o *Options) { o.Match = map[string]string{"job": "envoy-stats"} }).Check(t.Context(), subject())
	if err == nil || !strings.Contains(err.Error(), "destination_service = "+host) {
		t.Errorf("match is not to blame now: %v", err)
	}
	f.set(census("source", "sample"), map[int]float64{0: 1})
	if err := f.serve(t, func(o *Options) { o.Match = map[string]string{"job": "x"} }).Check(t.Context(), subject()); err != nil {
		t.Errorf("with series: %v", err)
	}
}
