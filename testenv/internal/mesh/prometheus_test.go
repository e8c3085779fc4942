package mesh

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// rule is a relabelling rule of Prometheus, with the actions in use here.
type rule struct {
	SourceLabels []string `json:"source_labels"`
	Regex        string   `json:"regex"`
	TargetLabel  string   `json:"target_label"`
	Replacement  *string  `json:"replacement"`
	Action       string   `json:"action"`
}

// apply does what Prometheus does with a rule; false drops the series.
func (r rule) apply(t *testing.T, series map[string]string) bool {
	t.Helper()
	re := regexp.MustCompile("^(?s:" + cmp.Or(r.Regex, "(.*)") + ")$")
	var values []string
	for _, l := range r.SourceLabels {
		values = append(values, series[l])
	}
	source := strings.Join(values, ";")
	switch r.Action {
	case "keep":
		return re.MatchString(source)
	case "drop":
		return !re.MatchString(source)
	case "labeldrop":
		maps.DeleteFunc(series, func(name, _ string) bool { return re.MatchString(name) })
	case "":
		replacement := "$1"
		if r.Replacement != nil {
			replacement = *r.Replacement
		}
		if m := re.FindStringSubmatchIndex(source); m != nil {
			series[r.TargetLabel] = string(re.ExpandString(nil, replacement, source, m))
		}
	default:
		t.Fatalf("action %q: not known to this test", r.Action)
	}
	return true
}

// proxyJob returns the rules by which proxies' series are kept and named.
func proxyJob(t *testing.T) (pods, series []rule) {
	t.Helper()
	data, err := Prometheus{Kubeconfig: "/k", NodeIP: "10.0.0.1"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Jobs []struct {
			Name   string `json:"job_name"`
			Pods   []rule `json:"relabel_configs"`
			Series []rule `json:"metric_relabel_configs"`
		} `json:"scrape_configs"`
	}
	if err := yaml.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	for _, j := range config.Jobs {
		if j.Name == "istio-proxies" {
			return j.Pods, j.Series
		}
	}
	t.Fatal("no job istio-proxies")
	return nil, nil
}

func relabel(t *testing.T, rules []rule, in map[string]string) map[string]string {
	t.Helper()
	out := maps.Clone(in)
	for _, r := range rules {
		if !r.apply(t, out) {
			return nil
		}
	}
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}

func TestSeriesGetIstiosNames(t *testing.T) {
	t.Parallel()
	_, rules := proxyJob(t)
	tests := []struct {
		name   string
		in     map[string]string
		want   map[string]string
		reason string
	}{
		{
			name: "source, answered by a workload",
			in: map[string]string{
				"__name__": "envoy_istio_requests_total", "reporter": "source", "response_code": "200",
				"destination_workload": "sample-canary", "destination_version": "canary",
				"upstream_workload": "sample-canary;demo;sample;canary;Kubernetes", "grpc_response_status": "",
				"source_principal": "spiffe://cluster.local/ns/a/sa/b",
			},
			want: map[string]string{
				"__name__": "istio_requests_total", "reporter": "source", "response_code": "200",
				"destination_workload": "sample-canary", "destination_version": "canary",
				"destination_workload_namespace": "demo", "destination_canonical_service": "sample",
				"destination_canonical_revision": "canary",
				"source_principal":               "spiffe://cluster.local/ns/a/sa/b", "destination_principal": "unknown",
			},
			reason: "the workload's metadata is one string until here",
		},
		{
			name: "source, answered by nobody",
			in: map[string]string{
				"__name__": "envoy_istio_request_duration_milliseconds_bucket", "reporter": "source", "le": "250",
				"response_flags": "UH", "destination_workload": "unknown", "upstream_workload": "",
				"upstream_cluster": "outbound|80|canary|sample.demo.svc.cluster.local",
			},
			want: map[string]string{
				"__name__": "istio_request_duration_milliseconds_bucket", "reporter": "source", "le": "250",
				"response_flags": "UH", "destination_workload": "unknown",
				"destination_workload_namespace": "unknown", "destination_canonical_service": "unknown",
				"destination_canonical_revision": "unknown", "source_principal": "unknown", "destination_principal": "unknown",
				"destination_subset": "canary",
				"upstream_cluster":   "outbound|80|canary|sample.demo.svc.cluster.local",
			},
			reason: "the subset alone tells which version failed",
		},
		{
			name: "destination",
			in: map[string]string{
				"__name__": "envoy_istio_requests_total", "reporter": "destination",
				"destination_workload": "sample", "destination_workload_namespace": "demo",
				"destination_canonical_service": "sample", "destination_canonical_revision": "stable",
				"source_principal": "spiffe://a", "destination_principal": "spiffe://b",
			},
			want: map[string]string{
				"__name__": "istio_requests_total", "reporter": "destination",
				"destination_workload": "sample", "destination_workload_namespace": "demo",
				"destination_canonical_service": "sample", "destination_canonical_revision": "stable",
				"source_principal": "spiffe://a", "destination_principal": "spiffe://b",
			},
			reason: "what the proxy says of itself is not overwritten",
		},
		{
			name:   "native counter",
			in:     map[string]string{"__name__": "envoy_cluster_upstream_rq", "cluster_name": "outbound|80|stable|s", "response_code": "200"},
			want:   map[string]string{"__name__": "envoy_cluster_upstream_rq", "cluster_name": "outbound|80|stable|s", "response_code": "200"},
			reason: "Envoy's own series keep their names and get no labels of Istio's",
		},
		{
			name:   "anything else",
			in:     map[string]string{"__name__": "envoy_server_uptime"},
			want:   nil,
			reason: "nobody asks for it, and a scrape happens every second",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.want, relabel(t, rules, tt.in)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

func TestScrapesProxiesThatRun(t *testing.T) {
	t.Parallel()
	rules, _ := proxyJob(t)
	tests := []struct {
		port, phase string
		want        bool
		reason      string
	}{
		{"http-envoy-prom", "Running", true, "a proxy"},
		{"http", "Running", false, "the application beside it"},
		{"http-envoy-prom", "Pending", false, "has no address yet"},
		{"http-envoy-prom", "Succeeded", false, "is gone"},
	}
	for _, tt := range tests {
		pod := map[string]string{
			"__meta_kubernetes_pod_container_port_name": tt.port, "__meta_kubernetes_pod_phase": tt.phase,
			"__meta_kubernetes_namespace": "demo", "__meta_kubernetes_pod_name": "p",
		}
		got := relabel(t, rules, pod)
		if (got != nil) != tt.want {
			t.Errorf("port %s of a %s Pod (%s): scraped %v, want %v", tt.port, tt.phase, tt.reason, got != nil, tt.want)
		}
		if tt.want && (got["namespace"] != "demo" || got["pod"] != "p") {
			t.Errorf("a scraped series does not say its Pod: %v", got)
		}
	}
}

func TestPrometheusFindsNewProxiesAtOnce(t *testing.T) {
	t.Parallel()
	p := Prometheus{Binary: "prometheus", Kubeconfig: "/k", Listen: "127.0.0.1:9090", Dir: t.TempDir()}
	command, err := p.Prepare()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(command.Argv, "--scrape.discovery-reload-interval=200ms") {
		t.Errorf("a candidate would be invisible for five seconds: %v", command.Argv)
	}
	if command.Ready != "http://127.0.0.1:9090/-/ready" {
		t.Errorf("Ready = %s", command.Ready)
	}
}

func TestPrometheusNeedsAKubeconfig(t *testing.T) {
	t.Parallel()
	if _, err := (Prometheus{}).Config(); err == nil {
		t.Error("a Prometheus that can find no proxy was configured")
	}
}
