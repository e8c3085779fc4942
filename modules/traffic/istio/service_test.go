package istio

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/traffic"
)

const (
	toHost = `  http: [{route: [{destination: {host: sample, port: {number: 80}}, headers: {request: {set: {x-way: here}}}}]}]
  tcp: [{route: [{destination: {host: sample.demo.svc.cluster.local}}]}]`
	hostRule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: sample, namespace: demo, annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}}
spec:
  host: sample
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, outlierDetection: {consecutive5xxErrors: 3}}
  subsets: [{name: unused, labels: {a: b}}]
`
)

// TestCandidateByHost: where routes know no subsets, the candidate gets a
// Service of its own, and all of it goes away again.
func TestCandidateByHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, hostRule, vs(toHost))
	before := text(t, w.routes())
	labels := w.CandidateLabels().Set
	if d := cmp.Diff(map[string]string{"app": "sample-canary", "headgate.dev/role": "candidate"}, labels); d != "" {
		t.Errorf("labels: %s", d)
	}
	w.prepare()
	w.prepare()
	twin := w.object(resourceServices, "demo", "sample-canary")
	want := map[string]any{
		"selector": map[string]any{"app": "sample-canary", "headgate.dev/role": "candidate"},
		"ports":    []any{map[string]any{"name": "http", "port": int64(80), "targetPort": int64(8080), "appProtocol": "http"}},
	}
	if d := cmp.Diff(want, spec(twin)); d != "" {
		t.Errorf("the candidate's Service (-want +got):\n%s", d)
	}
	if l := twin.GetLabels(); l["app.kubernetes.io/instance"] != "" || l["app"] != "sample" || l["headgate.dev/role"] != "candidate" {
		t.Errorf("labels of the Service: %v; a GitOps tool's mark would have it pruned", l)
	}
	rule := w.object(resourceDestinationRules, "demo", "sample-canary")
	wantRule := map[string]any{"host": "sample-canary", "trafficPolicy": spec(parse(t, hostRule))["trafficPolicy"]}
	if d := cmp.Diff(wantRule, spec(rule)); d != "" {
		t.Errorf("the copied DestinationRule (-want +got):\n%s", d)
	}
	if _, has := rule.GetAnnotations()["kubectl.kubernetes.io/last-applied-configuration"]; has {
		t.Error("kubectl would compare the copy with the original's manifest")
	}
	w.set(25)
	want25 := []string{"http[0]: sample:80 75, sample-canary:80 25", "tcp[0]: sample.demo.svc.cluster.local 75, sample-canary.demo.svc.cluster.local 25"}
	if d := cmp.Diff(want25, destinations(spec(w.routes()))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, has := entryAt(spec(w.routes()), listHTTP, 0, 1)["headers"]; !has {
		t.Error("the candidate's requests lack the header operations that stable's have")
	}
	w.resume()
	w.restore()
	w.cleanup()
	w.cleanup()
	if d := cmp.Diff(before, text(t, w.routes())); d != "" {
		t.Errorf("the route did not come back: %s", d)
	}
	for _, gone := range []traffic.ObjectRef{w.state.Names.of(traffic.RoleCandidate).ref(), ruleRef("sample-canary")} {
		if _, err := w.get(context.Background(), gone); !apierrors.IsNotFound(err) {
			t.Errorf("%s is left behind: %v", gone, err)
		}
	}
	if d := cmp.Diff(text(t, parse(t, service)), text(t, w.object(resourceServices, "demo", "sample"))); d != "" {
		t.Errorf("stable's Service was touched: %s", d)
	}
}

func ruleRef(name string) traffic.ObjectRef { return twinRule{Namespace: "demo", Name: name}.ref() }

// TestSelectorLabelThatChanges: the label that hurts least.
func TestSelectorLabelThatChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ selector, key, value, reason string }{
		{"{app: sample}", "app", "sample-canary", "the only one"},
		{"{app: sample, version: v1}", "version", "v1-canary", "made to differ between versions"},
		{"{app: sample, team: water}", "team", "water-canary", "policies and metrics know applications by app"},
		{"{app: " + strings.Repeat("a", 63) + "}", "app", strings.Repeat("a", 56) + "-canary", "63 characters are the most"},
	} {
		t.Run(tt.selector, func(t *testing.T) {
			t.Parallel()
			target := traffic.Target{Namespace: "demo", Service: "sample"}
			w := newWorld(t, target, strings.Replace(service, "selector: {app: sample}", "selector: "+tt.selector, 1), vs(toHost))
			want := map[string]string{tt.key: tt.value, "headgate.dev/role": "candidate"}
			if d := cmp.Diff(want, w.CandidateLabels().Set); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
		})
	}
}

// TestOwnCanaryService: a Service that the user wrote for the candidate is
// used, and stays.
func TestOwnCanaryService(t *testing.T) {
	t.Parallel()
	stable := strings.Replace(service, "selector: {app: sample}", "selector: {app: sample, track: stable}", 1)
	own := strings.NewReplacer("name: sample,", "name: sample-canary,", "selector: {app: sample}", "selector: {app: sample, track: canary}").Replace(service)
	target := stableV1()
	target.StableLabels["track"] = "stable"
	w := newWorld(t, target, stable, own, vs(toHost))
	if d := cmp.Diff(map[string]string{"app": "sample", "track": "canary", "headgate.dev/role": "candidate"}, w.CandidateLabels().Set); d != "" {
		t.Errorf("labels: %s", d)
	}
	w.prepare()
	w.set(50)
	w.restore()
	w.cleanup()
	if d := cmp.Diff(text(t, parse(t, own)), text(t, w.object(resourceServices, "demo", "sample-canary"))); d != "" {
		t.Errorf("the user's Service was touched: %s", d)
	}
}

// TestNamesTaken: what Headgate would create exists and is somebody's.
func TestNamesTaken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	taken := strings.NewReplacer("name: sample,", "name: sample-canary,", "host: sample", "host: unrelated").Replace(hostRule)
	_, err := Find(ctx, fakeClient(parse(t, service), parse(t, hostRule), parse(t, taken), parse(t, vs(toHost))), stableV1())
	if err == nil || !strings.Contains(err.Error(), "DestinationRule demo/sample-canary exists") {
		t.Errorf("a rule of that name: %v", err)
	}
	w := newWorld(t, stableV1(), service, vs(toHost))
	late := parse(t, strings.Replace(service, "name: sample,", "name: sample-canary,", 1))
	w.must(w.client.Tracker().Add(late))
	if c := conflictOf(t, w.Prepare(ctx)); c.Object.String() != "Service demo/sample-canary" || c.Next != "rename or delete it" {
		t.Errorf("a Service made meanwhile: %v", c)
	}
	w.cleanup()
	if _, err := w.get(ctx, w.state.Names.of(traffic.RoleCandidate).ref()); err != nil {
		t.Errorf("Cleanup deleted somebody's Service: %v", err)
	}
}

// TestLeftoverService: one from a rollout that was never cleaned up is taken
// over if it fits, and named if it does not.
func TestLeftoverService(t *testing.T) {
	t.Parallel()
	first := newWorld(t, stableV1(), service, vs(toHost))
	first.prepare()
	left := first.object(resourceServices, "demo", "sample-canary")
	w := worldOf(t, stableV1(), parse(t, service), left, parse(t, vs(toHost)))
	w.prepare()
	w.restore()
	w.cleanup()
	spec(left)["selector"] = map[string]any{"app": "old"}
	_, err := Find(context.Background(), fakeClient(parse(t, service), left, parse(t, vs(toHost))), stableV1())
	if err == nil || !strings.Contains(err.Error(), "left by an earlier rollout") || !strings.Contains(err.Error(), "kubectl delete service -n demo sample-canary") {
		t.Errorf("%v", err)
	}
}

// TestOwnCandidateRule: where the user has a rule for the candidate's host,
// stable's is not copied beside it.
func TestOwnCandidateRule(t *testing.T) {
	t.Parallel()
	own := strings.NewReplacer("name: sample,", "name: mine,", "host: sample", "host: sample-canary").Replace(hostRule)
	w := newWorld(t, stableV1(), service, hostRule, own, vs(toHost))
	if got := traffic.Describe(w.Objects()); got != "Service demo/sample-canary, VirtualService demo/sample" {
		t.Errorf("objects: %s", got)
	}
}
