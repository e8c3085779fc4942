package envoy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

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

// cluster is an API server with Pods, and with what their proxies answer: what
// a real mesh does too rarely to wait for. A real one is read in the journeys.
type cluster struct {
	mu      sync.Mutex
	pods    []corev1.Pod
	answers map[string]func(http.ResponseWriter, *http.Request) // by Pod
	denied  map[string]bool                                     // paths
	asked   map[string]int                                      // by Pod
	filters []string
}

func newCluster() *cluster {
	return &cluster{answers: map[string]func(http.ResponseWriter, *http.Request){}, denied: map[string]bool{}, asked: map[string]int{}}
}

// serve starts it; lists are never reused unless change says otherwise.
func (c *cluster) serve(t *testing.T, change func(*Options)) *Source {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	opts := Options{Cluster: &rest.Config{Host: server.URL}, Relist: time.Nanosecond}
	if change != nil {
		change(&opts)
	}
	source, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	denied := c.denied[r.URL.Path]
	pods := c.list(r)
	c.mu.Unlock()
	pod, proxied := proxiedPod(r.URL.Path)
	switch {
	case denied:
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, "pods is forbidden")
	case proxied:
		c.answer(pod, w, r)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: pods})
	}
}

// proxiedPod takes the Pod from …/pods/http:NAME:15090/proxy/….
func proxiedPod(path string) (string, bool) {
	_, rest, ok := strings.Cut(path, "/pods/http:")
	name, tail, _ := strings.Cut(rest, ":15090/proxy/stats/prometheus")
	return name, ok && tail == ""
}

func (c *cluster) answer(pod string, w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	answer := c.answers[pod]
	c.asked[pod]++
	c.filters = append(c.filters, r.URL.Query().Get("filter"))
	c.mu.Unlock()
	if answer == nil {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, "pods "+pod+" not found")
		return
	}
	answer(w, r)
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
	})
}

func (c *cluster) list(r *http.Request) []corev1.Pod {
	var out []corev1.Pod
	query, _ := url.QueryUnescape(r.URL.Query().Get("labelSelector"))
	for _, p := range c.pods {
		in := strings.HasSuffix(r.URL.Path, "/api/v1/pods") || strings.Contains(r.URL.Path, "/namespaces/"+p.Namespace+"/")
		if in && (query == "" || query == "istio="+p.Labels["istio"]) {
			out = append(out, p)
		}
	}
	return out
}

// add starts a Pod with a proxy that answers with text.
func (c *cluster) add(namespace, deployment, name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	controller := true
	c.pods = append(c.pods, corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID(name + "-uid"),
			Labels:          map[string]string{"pod-template-hash": "abc", "istio": deployment},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: deployment + "-abc", Controller: &controller}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "app", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}},
			{Name: "istio-proxy", Ports: []corev1.ContainerPort{{Name: "http-envoy-prom", ContainerPort: 15090}}},
		}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	})
	c.answers[name] = says(text)
}

// set changes what a Pod's proxy answers.
func (c *cluster) set(name string, answer func(http.ResponseWriter, *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[name] = answer
}

// remove ends a Pod.
func (c *cluster) remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.answers, name)
	for i, p := range c.pods {
		if p.Name == name {
			c.pods = append(c.pods[:i:i], c.pods[i+1:]...)
			return
		}
	}
}

func (c *cluster) deny(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.denied[path] = true
}

func (c *cluster) times(pod string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[pod]
}

func says(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, text) }
}

func breaks(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, "error trying to reach service: dial tcp: connection refused")
}

// onceBroken breaks, and then answers.
func onceBroken(then http.HandlerFunc) http.HandlerFunc {
	var asked atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			breaks(w, r)
			return
		}
		then(w, r)
	}
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// sent is a caller's counter, as Envoy's statistics logger writes it.
func sent(subset, workload, code, flags string, n int) string {
	if workload != "" {
		workload += ";demo;sample;v1;Kubernetes"
	}
	return fmt.Sprintf("envoy_istio_requests_total{response_code=%q,response_flags=%q,upstream_cluster=%q,upstream_workload=%q,grpc_response_status=\"\"} %d\n",
		code, flags, "outbound|80|"+subset+"|"+host, workload, n)
}

// received is a server's counter.
func received(code string, n int) string {
	return fmt.Sprintf("envoy_istio_requests_total{response_code=%q,response_flags=\"-\",upstream_cluster=\"inbound|8080||\",upstream_workload=\"\"} %d\n", code, n)
}
