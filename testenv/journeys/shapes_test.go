package journeys_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/metrics/envoy"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// calm is traffic in requests per second that leaves room for the routes beside it.
const calm = light / 3

// ownCanary is a candidate's subset that the user keeps in the DestinationRule.
const ownCanary = `{"op":"add","path":"/spec/subsets/-","value":{"name":"canary","labels":{"version":"canary"}}}`

// routeHeader tells which route of headed answered.
const routeHeader = "X-Route"

// headed is a route for requests with a header, put before the one of all others.
func headed(name, header, subset string) string {
	return fmt.Sprintf(`{"op":"add","path":"/spec/http/0","value":{"name":%[1]q,"match":[{"headers":{%[2]q:{"exact":"yes"}}}],
	  "headers":{"response":{"set":{%[4]q:%[1]q}}},"route":[{"destination":{"host":"sample","subset":%[3]q}}]}}`, name, header, subset, routeHeader)
}

// answersBy waits until the gateway has a route of headed and its destination.
func (s *shop) answersBy(name, header string) {
	s.t.Helper()
	s.eventually("route "+name+" answers", func() error {
		got, _, err := s.fetch(s.t.Context(), "", http.Header{http.CanonicalHeaderKey(header): {"yes"}})
		if err != nil {
			return err
		}
		if by := got.Get(routeHeader); by != name {
			return fmt.Errorf("route %q answers", by)
		}
		return nil
	})
}

// TestAPreviewRouteOfTheUsersOwn: people look at the candidate by a header, all the
// time. While there is none their requests fail, and that is no verdict on the
// version; while there is one, they are in no share.
func TestAPreviewRouteOfTheUsersOwn(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.patchRule("[" + ownCanary + "]")
	s.patchRoute("[" + headed("preview", "x-preview", "canary") + "]")
	s.before = s.users()
	traffic := s.traffic(calm)
	preview := s.trafficWith(calm/2, "x-preview")
	s.eventually("the preview fails while there is no candidate", func() error {
		if n := preview.Snapshot(); n.Failed < 20 {
			return fmt.Errorf("%d failed", n.Failed)
		}
		return nil
	})
	res := s.start(asked{tag: sample.Good, steps: "[10, 50]"}).ended(report.Promoted, "every gate passed")
	s.served(traffic.Stop(), "")
	if seen := withinBounds(t, res); seen != 2 {
		t.Errorf("%d of 2 steps measured a share", seen)
	}
	seen := preview.Stop()
	if n := seen.Versions[strings.TrimPrefix(sample.Ref(sample.Good), "headgate/sample:")]; n.Requests == 0 {
		t.Errorf("nobody saw the candidate by the preview: %+v", seen.Versions)
	}
	if res.Candidate.Errors > 0 {
		t.Errorf("%d failures of the preview count as the candidate's", res.Candidate.Errors)
	}
	if all := strings.Join(res.Warnings, "\n"); !strings.Contains(all, "spec.http[0] (preview) sends to the candidate by your own word") {
		t.Errorf("nothing is said of the preview: %q", res.Warnings)
	}
	s.asBefore(sample.Ref(sample.Good))
}

// TestAPartOfTheRoutesIsEdited: twice as many requests take a route that
// spec.routes leaves out.
func TestAPartOfTheRoutesIsEdited(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, subset, detail, warning string }{
		{"by the same subset", "stable", "seen to be more than before", "cannot be told from those of the edited routes"},
		{"by another subset", "web", "confirmed", "in no share and no gate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.patchRule(`[{"op":"add","path":"/spec/subsets/-","value":{"name":"web","labels":{"version":"stable"}}}]`)
			s.patchRoute("[" + headed("web", "x-web", tt.subset) + "]")
			s.answersBy("web", "x-web")
			s.before = s.users()
			traffic, web := s.traffic(calm), s.trafficWith(2*calm, "x-web")
			res := s.start(asked{tag: sample.Good, steps: "[10, 50]", extra: "  routes: [{name: sample, http: [primary]}]\n"}).ended(report.Promoted, "")
			s.served(traffic.Stop(), "")
			s.served(web.Stop(), "")
			for _, step := range res.Steps {
				if strings.HasPrefix(step.Name, "weight ") && step.Weight < 100 && !strings.HasPrefix(step.Detail, tt.detail) {
					t.Errorf("%s: %q, want %q", step.Name, step.Detail, tt.detail)
				}
			}
			if all := strings.Join(res.Warnings, "\n"); !strings.Contains(all, tt.warning) {
				t.Errorf("want a warning with %q: %q", tt.warning, res.Warnings)
			}
			s.asBefore(sample.Ref(sample.Good))
		})
	}
}

// TestEachRouteKeepsItsPolicy: one of two routes is sticky, at stable by a subset of
// its own, and at the candidate as well.
func TestEachRouteKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.patchRule(`[{"op":"add","path":"/spec/subsets/-","value":{"name":"cart","labels":{"version":"stable"},"trafficPolicy":{"loadBalancer":{"consistentHash":{"httpHeaderName":"x-user"}}}}}]`)
	s.patchRoute(`[
	  {"op":"add","path":"/spec/http/0/match","value":[{"withoutHeaders":{"x-cart":{"exact":"yes"}}}]},
	  {"op":"add","path":"/spec/http/-","value":{"name":"cart","route":[{"destination":{"host":"sample","subset":"cart"}}]}}]`)
	s.before = s.users()
	s.traffic(calm)
	p := s.start(asked{tag: sample.Good, steps: "[50, {pause: {approval: true}}]", replicas: 2})
	p.reaches("waiting for")
	if pods := s.answering(http.Header{"X-Cart": {"yes"}, "X-User": {"a"}}, 60); len(pods) != 1 {
		t.Errorf("one user's requests are answered by %d Pods of the candidate: %v", len(pods), pods)
	}
	if pods := s.answering(nil, 60); len(pods) != 2 {
		t.Errorf("requests of the other route are answered by %d of 2 Pods of the candidate: %v", len(pods), pods)
	}
	if code := s.command("rollback", "sample", "-n", s.ns).wait(); code != 0 {
		t.Errorf("rollback exits with %d", code)
	}
	p.result()
	s.asBefore("")
}

// TestADestinationThatIsThere: proxies know it since long, so nothing is waited for
// and nobody is blamed.
func TestADestinationThatIsThere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(*shop)
	}{
		{"a subset", func(s *shop) { s.patchRule("[" + ownCanary + "]") }},
		{"a Service", func(s *shop) {
			s.patchRoute(`[{"op":"remove","path":"/spec/http/0/route/0/destination/subset"}]`)
			own := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "sample-canary"},
				"spec": map[string]any{"selector": map[string]any{"app": "sample-canary"}, "ports": []any{map[string]any{"name": "http", "port": int64(80), "targetPort": "http"}}}}}
			if _, err := mesh.client.Resource(services).Namespace(s.ns).Create(s.t.Context(), own, metav1.CreateOptions{}); err != nil {
				s.t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			tt.prepare(s)
			s.eventually("the gateway serves with it", s.get)
			s.before = s.users()
			s.traffic(calm)
			res := s.start(asked{tag: sample.Good, steps: "[50]"}).ended(report.Promoted, "")
			for _, step := range res.Steps {
				if step.Name == "route" && step.Seconds > 10 {
					t.Errorf("the route step took %.0f s: %s", step.Seconds, step.Detail)
				}
			}
			if all := strings.Join(res.Warnings, "\n"); strings.Contains(all, "have not taken") {
				t.Errorf("proxies are blamed for what they know: %q", res.Warnings)
			}
			s.asBefore(sample.Ref(sample.Good))
		})
	}
}

// TestProxiesNameWhatTheyKnow: a caller whose sidecar is told to is asked for the
// candidate's destination by its name, among all that the mesh has.
func TestProxiesNameWhatTheyKnow(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.client(fmt.Sprint(calm), func(o *unstructured.Unstructured) {
		key, value := envoy.NamesAnnotation()
		_ = unstructured.SetNestedField(o.Object, value, "spec", "template", "metadata", "annotations", key)
	})
	p := s.start(asked{tag: sample.Good, steps: "[50, {pause: {approval: true}}]"})
	if c := s.knows("canary"); !c.Names || c.Knows {
		t.Errorf("before there is a candidate: %+v", c)
	}
	p.reaches("waiting for")
	if c := s.knows("canary"); !c.Names || !c.Knows {
		t.Errorf("while it serves: %+v", c)
	}
	if code := s.command("rollback", "sample", "-n", s.ns).wait(); code != 0 {
		t.Errorf("rollback exits with %d", code)
	}
	p.result()
}

// knows is what the client's proxy says of a subset.
func (s *shop) knows(subset string) envoy.Clusters {
	s.t.Helper()
	source, err := envoy.New(envoy.Options{Cluster: mesh.config, Callers: []envoy.Selector{{Namespace: s.ns, Labels: map[string]string{"app": "client"}}}})
	if err != nil {
		s.t.Fatal(err)
	}
	host := "sample." + s.ns + ".svc.cluster.local"
	found, err := source.Clusters(s.t.Context(), metrics.Subject{Namespace: s.ns, Service: "sample",
		Stable: metrics.Side{Workload: "sample", Host: host, Subsets: []string{"stable"}}, Candidate: metrics.Side{Workload: "sample-canary", Host: host, Subsets: []string{subset}}})
	if err != nil || len(found) != 1 {
		s.t.Fatalf("asked the client's proxy: %v, %v", found, err)
	}
	for _, c := range found {
		return c
	}
	return envoy.Clusters{}
}

// answering are the candidate's Pods that answer requests with these headers.
func (s *shop) answering(headers http.Header, requests int) map[string]int {
	s.t.Helper()
	pods := map[string]int{}
	for range requests {
		resp, err := s.send(s.t.Context(), "", headers)
		if err != nil {
			s.t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			s.t.Fatal(err)
		}
		version, pod, _ := strings.Cut(strings.TrimSpace(string(body)), " ")
		if version != "1.0.0" {
			pods[pod]++
		}
	}
	return pods
}

// trafficWith sends requests with a header, whatever becomes of them.
func (s *shop) trafficWith(rate float64, header string) *load.Load {
	s.t.Helper()
	l, err := load.Start(context.WithoutCancel(s.t.Context()), load.Options{URL: mesh.env.Gateway, Host: s.host, Rate: rate, Timeout: 20 * time.Second,
		Headers: http.Header{http.CanonicalHeaderKey(header): {"yes"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Stop() })
	return l
}

func (s *shop) patchRule(patch string) {
	s.t.Helper()
	if _, err := mesh.client.Resource(rules).Namespace(s.ns).Patch(context.Background(), "sample", types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		s.t.Fatal(err)
	}
}
