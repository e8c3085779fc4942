package envoy

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// listeners is what a sidecar serves of its listeners.
func listeners(inbound, outbound int) string {
	return fmt.Sprintf(`# TYPE envoy_http_downstream_rq_total counter
envoy_http_downstream_rq_total{http_conn_manager_prefix="inbound_0.0.0.0_8080"} %d
envoy_http_downstream_rq_total{http_conn_manager_prefix="outbound_0.0.0.0_80"} %d
envoy_http_downstream_rq_total{http_conn_manager_prefix="stats"} 99
`, inbound, outbound)
}

// TestInboundCountsWhatPodsReceived: Pods come, restart and go; what was there
// before the first look is not counted.
func TestInboundCountsWhatPodsReceived(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("demo", "sample", "stable", listeners(1000, 0))
	c.add("demo", "sample-canary", "a", listeners(100, 5))
	in := c.serve(t, nil).Inbound("demo", "istio=sample-canary")
	for _, step := range []struct {
		reason string
		change func()
		want   uint64
		pods   int
	}{
		{"what was there is old", func() {}, 0, 1},
		{"only what is sent to the Pods counts", func() { c.set("a", says(listeners(130, 500))) }, 30, 1},
		{"a Pod that comes later counts in full", func() { c.add("demo", "sample-canary", "b", listeners(20, 0)) }, 50, 2},
		{"a proxy that restarts begins at nothing", func() { c.set("a", says(listeners(7, 0))) }, 57, 2},
		{"what a Pod that goes had received stays", func() { c.remove("b") }, 57, 1},
		{"with its Service gone a Pod receives by another listener", func() {
			c.set("a", says("# TYPE envoy_http_downstream_rq_total counter\nenvoy_http_downstream_rq_total{http_conn_manager_prefix=\"InboundPassthroughCluster\"} 3\n"))
		}, 60, 1},
		{"no Pod is left: nobody receives", func() { c.remove("a") }, 60, 0},
	} {
		step.change()
		total, pods, known := in.Received(t.Context())
		if total != step.want || pods != step.pods || !known {
			t.Errorf("%s: %d by %d Pods, %v; want %d by %d", step.reason, total, pods, known, step.want, step.pods)
		}
	}
}

// TestInboundSaysWhenItDoesNotKnow: one Pod that cannot be read is enough. Before
// there is a candidate it is seen at stable's Pods, but for the counter, which the
// candidate's are annotated to serve.
func TestInboundSaysWhenItDoesNotKnow(t *testing.T) {
	t.Parallel()
	forbidden := func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, "pods is forbidden")
	}
	for name, tt := range map[string]struct {
		spoil func(c *cluster)
		why   string
	}{
		"its proxy may not be asked": {func(c *cluster) { c.set("b", forbidden) }, "not permitted: get pods/proxy in namespace demo (`headgate rbac -n demo`"},
		"its proxy does not answer":  {func(c *cluster) { c.set("b", breaks) }, "the sidecar of Pod demo/b cannot be read"},
		"its proxy serves no such counter": {func(c *cluster) {
			c.set("b", says("# TYPE envoy_cluster_upstream_rq_active gauge\nenvoy_cluster_upstream_rq_active{cluster_name=\"inbound|8080||\"} 0\n"))
		}, ""},
		"its proxy has no listener for what is sent to it": {func(c *cluster) {
			c.set("b", says("# TYPE envoy_http_downstream_rq_total counter\nenvoy_http_downstream_rq_total{http_conn_manager_prefix=\"stats\"} 1\n"))
		}, ""},
		"it has none": {func(c *cluster) { c.pods[1].Spec.Containers = c.pods[1].Spec.Containers[:1] }, "Pod demo/b has no sidecar"},
		"requests go past it": {func(c *cluster) {
			c.pods[1].Annotations = map[string]string{"sidecar.istio.io/interceptionMode": "NONE"}
		}, "beside its sidecar (annotation sidecar.istio.io/interceptionMode)"},
		"requests to some ports go past it": {func(c *cluster) {
			c.pods[1].Annotations = map[string]string{"traffic.sidecar.istio.io/excludeInboundPorts": "8080"}
		}, "beside its sidecar (annotation traffic.sidecar.istio.io/excludeInboundPorts)"},
		"only requests to some ports go to it": {func(c *cluster) {
			c.pods[1].Annotations = map[string]string{"traffic.sidecar.istio.io/includeInboundPorts": ""}
		}, "beside its sidecar (annotation traffic.sidecar.istio.io/includeInboundPorts)"},
		"Pods may not be listed": {func(c *cluster) { c.deny("/api/v1/namespaces/demo/pods") }, "the Pods in namespace demo cannot be listed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster()
			c.add("demo", "sample-canary", "a", listeners(1, 0))
			c.add("demo", "sample-canary", "b", listeners(1, 0))
			in := c.serve(t, nil).Inbound("demo", "istio=sample-canary")
			if err := in.Silent(t.Context()); err != nil {
				t.Errorf("both can be read: %v", err)
			}
			tt.spoil(c)
			if _, _, known := in.Received(t.Context()); known {
				t.Error("it claims to know")
			}
			why := ""
			if err := in.Silent(t.Context()); err != nil {
				why = err.Error()
			}
			if (why == "") != (tt.why == "") || !strings.Contains(why, tt.why) {
				t.Errorf("it says %q, want %q", why, tt.why)
			}
		})
	}
}
