package journeys_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestAHeadlessServiceIsRefused: sidecars send to the address that the app has
// resolved, whatever the route says, so nothing is begun.
func TestAHeadlessServiceIsRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.headless()
	s.clientOf("http://sample:8080/", "30")
	before := s.failures()
	p := s.start(asked{tag: sample.Errors, steps: "[10, 50]"})
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, want := range []string{"Service " + s.ns + "/sample is headless", "VirtualService " + s.ns + "/sample", "gateways only"} {
		if !strings.Contains(p.progress(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	s.asBefore("")
	s.unharmed(before)
}

// failures is how many of the client's calls have failed.
func (s *shop) failures() (n int64) {
	s.t.Helper()
	for version, one := range s.calls() {
		s.t.Logf("calls answered by %q: %d, %d failed", version, one.Requests, one.Failed)
		n += one.Failed
	}
	return n
}

// unharmed fails when more of the client's calls than that have failed.
func (s *shop) unharmed(most int64) {
	s.t.Helper()
	if failed := s.failures(); failed > most {
		s.t.Errorf("%d calls failed, want %d at most", failed, most)
	}
}

// headless has the sample behind a Service without an address of its own.
func (s *shop) headless() {
	s.t.Helper()
	if err := mesh.client.Resource(services).Namespace(s.ns).Delete(s.t.Context(), "sample", metav1.DeleteOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.serve("sample", map[string]any{"clusterIP": "None", "ports": []any{map[string]any{"name": "http", "port": int64(8080), "targetPort": "http"}}})
}

// serve makes a Service before the sample's Pods.
func (s *shop) serve(name string, spec map[string]any) {
	s.t.Helper()
	spec["selector"] = map[string]any{"app": "sample"}
	svc := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": name, "labels": map[string]any{"app": "sample"}}, "spec": spec,
	}}
	if _, err := mesh.client.Resource(services).Namespace(s.ns).Create(s.t.Context(), svc, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}
