package journeys_test

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/report"
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

// TestCallersThatNoRouteGoverns: requests that follow no edited route go to all
// Pods of the Service, whatever the weight. It is said beforehand; and a candidate
// that gets some at weight 0 leaves the Service and is rolled back.
func TestCallersThatNoRouteGoverns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url, warning string
		prepare            func(*shop)
	}{
		{"by another Service", "http://sample-too/", "sample-too selects the Pods of both versions, too", func(s *shop) {
			s.serve("sample-too", map[string]any{"ports": []any{map[string]any{"name": "http", "port": int64(80), "targetPort": "http"}}})
		}},
		{"by hosts that do not name the Service", "http://sample/", "do not name Service %s/sample", func(s *shop) {
			s.patchRoute(fmt.Sprintf(`[{"op":"replace","path":"/spec/hosts","value":[%q]}]`, s.host))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			tt.prepare(s)
			s.clientOf(tt.url, "60")
			s.traffic(calm)
			p := s.start(asked{tag: sample.Good, steps: "[10, 50]"})
			res := p.ended(report.RolledBack, "")
			if !strings.Contains(res.Reason, "at weight 0: they reach it by a way that no edited route governs") {
				t.Errorf("the reason is %q", res.Reason)
			}
			if want := strings.ReplaceAll(tt.warning, "%s", s.ns); !strings.Contains(strings.Join(res.Warnings, "\n"), want) {
				t.Errorf("no warning has %q: %q", want, res.Warnings)
			}
			s.asBefore("")
			s.onlyStableAnswers()
		})
	}
}

// onlyStableAnswers waits for 30 calls more of the client's: all are the old version's.
func (s *shop) onlyStableAnswers() {
	s.t.Helper()
	before := s.calls()
	s.eventually("30 more calls are answered", func() error {
		now, err := s.readCalls()
		if err != nil {
			return err
		}
		if n := now["1.0.0"].Requests - before["1.0.0"].Requests; n < 30 {
			return fmt.Errorf("so far %d", n)
		}
		return nil
	})
	for version, now := range s.calls() {
		if n := now.Requests - before[version].Requests; version != "1.0.0" && n > 0 {
			s.t.Errorf("%d more calls were answered by %q", n, version)
		}
	}
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
