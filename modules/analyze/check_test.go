package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/analyze"
)

// good is a service with its routes, in which nothing is wrong.
const good = `
apiVersion: v1
kind: Namespace
metadata: {name: demo, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: demo}
spec: {selector: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: demo}
spec:
  template:
    metadata: {labels: {app: web, version: stable}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: demo}
spec:
  host: web
  subsets:
  - {name: stable, labels: {version: stable}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: demo}
spec:
  servers:
  - hosts: ["*.example.com"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: demo}
spec:
  hosts: [web.example.com, web]
  gateways: [web, mesh]
  http:
  - route:
    - destination: {host: web, subset: stable}
`

func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for _, doc := range strings.Split(text, "\n---\n") {
		data, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			t.Fatalf("bad fixture: %v\n%s", err, doc)
		}
		o := &unstructured.Unstructured{}
		if err := o.UnmarshalJSON(data); err != nil {
			t.Fatalf("bad fixture: %v\n%s", err, doc)
		}
		out = append(out, o)
	}
	return out
}

func codes(findings []analyze.Finding) []string {
	out := []string{}
	for _, f := range findings {
		out = append(out, string(f.Severity)+" "+f.Code)
	}
	return out
}

func TestGoodManifestsHaveNoFindings(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		if got := analyze.Check(analyze.Scope{Objects: parse(t, good), Whole: whole}); len(got) != 0 {
			t.Errorf("whole %t: %+v", whole, got)
		}
	}
}

func TestEachMistakeIsFoundOnce(t *testing.T) {
	t.Parallel()
	const twoWeights = "    - {destination: {host: web, subset: stable}, weight: A}\n    - {destination: {host: web, subset: stable}, weight: B}\n"
	route := "    - destination: {host: web, subset: stable}\n"
	tests := []struct {
		reason, from, to, add string
		want                  []string
		object, says          string
	}{
		{"no weight at all", route, strings.NewReplacer("A", "0", "B", "0").Replace(twoWeights), "", []string{"error HG101"}, "VirtualService demo/web", "none of the 2"},
		{"weights that are no percentages", route, strings.NewReplacer("A", "1", "B", "2").Replace(twoWeights), "", []string{"warning HG102"}, "VirtualService demo/web", "make 3"},
		{"a host that is nowhere", "host: web, subset: stable", "host: wep", "", []string{"error HG103", "info HG107"}, "VirtualService demo/web", "no Service demo/wep"},
		{"a host outside that nobody entered", "host: web, subset: stable", "host: api.example.org", "", []string{"warning HG104", "info HG107"}, "VirtualService demo/web", "api.example.org"},
		{"a subset that nobody defines", "host: web, subset: stable", "host: web, subset: v2", "", []string{"error HG105", "info HG107"}, "VirtualService demo/web", `subset "v2"`},
		{"the full name means the same", "host: web, subset: stable", "host: web.demo.svc.cluster.local, subset: stable", "", []string{}, "", ""},
		{"two rules for one host", "", "", "\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: zz, namespace: demo}\nspec: {host: web.demo.svc.cluster.local}", []string{"warning HG106"}, "DestinationRule demo/zz", "same host"},
		{"a Service that selects one version", "selector: {app: web}", "selector: {app: web, version: blue}", "", []string{"error HG108", "warning HG114"}, "DestinationRule demo/web", "no Pod can have both"},
		{"a subset without Pods gets traffic", "labels: {version: stable}}\n---", "labels: {version: v1}}\n---", "", []string{"error HG109"}, "DestinationRule demo/web", "app=web,version=v1"},
		{"two routes for one host in the mesh", "", "", "\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: zz, namespace: demo}\nspec: {hosts: [web], http: [{route: [{destination: {host: web, subset: stable}}]}]}", []string{"error HG110"}, "VirtualService demo/zz", "only one of them"},
		{"two routes for one host at a gateway", "", "", "\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: zz, namespace: demo}\nspec: {hosts: [web.example.com], gateways: [demo/web], http: [{route: [{destination: {host: web, subset: stable}}]}]}", []string{"warning HG111"}, "VirtualService demo/zz", "no stated order"},
		{"a gateway that is nowhere", "gateways: [web, mesh]", "gateways: [wep, mesh]", "", []string{"error HG112"}, "VirtualService demo/web", "demo/wep"},
		{"a gateway that listens for others", "*.example.com", "*.example.net", "", []string{"warning HG113"}, "VirtualService demo/web", "does not listen for web.example.com"},
		{"a namespace without proxies", "istio-injection: enabled", "istio-injection: disabled", "", []string{"warning HG115"}, "Deployment demo/web", "get no proxy"},
		{"strict mutual TLS without proxies", "istio-injection: enabled", "a: b", "\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all, namespace: demo}\nspec: {mtls: {mode: STRICT}}", []string{"error HG116", "warning HG115"}, "PeerAuthentication demo/all", "not enforced"},
		{"strict mutual TLS, plain calls", "host: web\n", "host: web\n  trafficPolicy: {tls: {mode: DISABLE}}\n", "\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all, namespace: demo}\nspec: {mtls: {mode: STRICT}}", []string{"error HG117"}, "PeerAuthentication demo/all", "in plain text"},
		{"strict mutual TLS, a caller without a proxy", "", "", "\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: web, namespace: demo}\nspec: {selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: job, namespace: demo}\nspec: {template: {metadata: {labels: {app: job, sidecar.istio.io/inject: \"false\"}}}}", []string{"warning HG118"}, "PeerAuthentication demo/web", "demo/job"},
	}
	for _, tt := range tests {
		text := good
		if tt.from != "" {
			if text = strings.Replace(good, tt.from, tt.to, 1); text == good {
				t.Fatalf("%s: the fixture has no %q", tt.reason, tt.from)
			}
		}
		got := analyze.Check(analyze.Scope{Objects: parse(t, text+tt.add)})
		if !slices.Equal(codes(got), tt.want) {
			t.Errorf("%s: got %v, want %v\n%+v", tt.reason, codes(got), tt.want, got)
			continue
		}
		if len(got) > 0 && (got[0].Object != tt.object || !strings.Contains(got[0].Message, tt.says) || got[0].Next == "") {
			t.Errorf("%s: %+v", tt.reason, got[0])
		}
	}
}

func TestWhatTheClusterHasIsFoundButNotJudged(t *testing.T) {
	t.Parallel()
	all := parse(t, good)
	route := []*unstructured.Unstructured{all[5]}
	if got := codes(analyze.Check(analyze.Scope{Objects: route, Around: all[:5], Whole: true})); len(got) != 0 {
		t.Errorf("with the rest in the cluster: %v", got)
	}
	if got := codes(analyze.Check(analyze.Scope{Objects: route, Whole: true})); !slices.Equal(got, []string{"error HG112", "error HG103", "error HG105"}) {
		t.Errorf("with nothing in the cluster: %v", got)
	}
	elsewhere := parse(t, strings.Replace(good, "gateways: [web, mesh]", "gateways: [istio-system/shared]", 1))
	if got := codes(analyze.Check(analyze.Scope{Objects: elsewhere})); !slices.Equal(got, []string{"warning HG112"}) {
		t.Errorf("another namespace may hold what is not at hand: %v", got)
	}
}

func TestOnlyWhatIsNewAtAStepIsTold(t *testing.T) {
	t.Parallel()
	before := []analyze.Finding{{Code: "HG102", Object: "a", Message: "m"}}
	after := append([]analyze.Finding{{Code: "HG102", Object: "b", Message: "m"}}, before...)
	if got := analyze.New(before, after); len(got) != 1 || got[0].Object != "b" {
		t.Errorf("got %+v", got)
	}
}
