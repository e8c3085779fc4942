package istio

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubetesting "k8s.io/client-go/testing"

	"github.com/headgate-ci/headgate/modules/traffic"
)

const toStable = `  http: [{route: [{destination: {host: sample, subset: v1}}]}]`

// TestFind: which objects a Rollout would edit.
func TestFind(t *testing.T) {
	t.Parallel()
	fqdn := `  http: [{route: [{destination: {host: sample.demo.svc.cluster.local, subset: v1}}]}]`
	for _, tt := range []struct {
		name, reason string
		objects      []string
		target       func(*traffic.Target)
		want         []string
	}{
		{"by short name", "a name without a dot is relative to the object's namespace",
			[]string{vs(toStable)}, nil, []string{"VirtualService demo/sample: weights of http[0]"}},
		{"short name elsewhere", "there it means another Service",
			[]string{vs(toStable), vsNamed("far", "a", toStable)}, nil, []string{"VirtualService demo/sample: weights of http[0]"}},
		{"in another namespace", "gateways' routes often live apart from the service",
			[]string{vs(toStable), vsNamed("ingress", "a", fqdn)}, nil,
			[]string{"VirtualService demo/sample: weights of http[0]", "VirtualService ingress/a: weights of http[0]"}},
		{"by delegate", "the routes are in the child, wherever the root is",
			[]string{
				vsNamed("ingress", "root", `  hosts: [a.example]
  http: [{name: x, delegate: {name: child, namespace: demo}}]`),
				vsNamed("demo", "child", toStable),
			}, nil, []string{"VirtualService demo/child: weights of http[0]"}},
		{"named root, its delegates", "naming the root means the routes behind it",
			[]string{
				vsNamed("ingress", "root", `  hosts: [a.example]
  http: [{name: x, delegate: {name: child, namespace: demo}}]`),
				vsNamed("demo", "child", toStable), vsNamed("demo", "not-asked-for", toStable),
			},
			func(t *traffic.Target) { t.Routes = []traffic.RouteRef{{Namespace: "ingress", Name: "root"}} },
			[]string{"VirtualService demo/child: weights of http[0]"}},
		{"only some routes", "the rest is the user's own business",
			[]string{vs(`  http:
  - {name: a, route: [{destination: {host: sample, subset: v1}}]}
  - {name: b, route: [{destination: {host: sample, subset: v1}}]}`)},
			func(t *traffic.Target) { t.Routes = []traffic.RouteRef{{Name: "sample", HTTP: []string{"b"}}} },
			[]string{"VirtualService demo/sample: weights of http[1] (b)"}},
		{"by a further host", "the cluster's domain may be another",
			[]string{vs(`  http: [{route: [{destination: {host: sample.corp.example, subset: v1}}]}]`)},
			func(t *traffic.Target) { t.Hosts = []string{"sample.corp.example"} },
			[]string{"VirtualService demo/sample: weights of http[0]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := stableV1()
			if tt.target != nil {
				tt.target(&target)
			}
			rule := strings.ReplaceAll(ruleV1, "name: v1", "name: canary\n    labels: {version: v2}\n  - name: v1")
			w := newWorld(t, target, append([]string{service, rule}, tt.objects...)...)
			var got []string
			for _, o := range w.Objects() {
				got = append(got, o.String()+": "+o.Change)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
		})
	}
}

// TestFindRefuses: what cannot be split is an error that names the object and
// what to do, and nothing is written.
func TestFindRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		objects []string
		target  func(*traffic.Target)
		want    []string
	}{
		{"no service", []string{vs(toStable)}, nil, []string{"Service demo/sample does not exist", "spec.service"}},
		{"no selector", []string{strings.Replace(service, "selector: {app: sample}", "selector: {}", 1)}, nil, []string{"Service demo/sample has no selector"}},
		{"no route", []string{service, vs(`  http: [{route: [{destination: {host: other}}]}]`)}, nil, []string{"no VirtualService sends to Service demo/sample", "add a VirtualService", "sample.demo.svc.cluster.local"}},
		{"route named, not there", []string{service}, func(t *traffic.Target) { t.Routes = []traffic.RouteRef{{Name: "smaple"}} }, []string{"VirtualService demo/smaple does not exist", "correct spec.routes"}},
		{"http route named, not there", []string{service, vs(`  http: [{name: api, route: [{destination: {host: sample}}]}]`)}, func(t *traffic.Target) { t.Routes = []traffic.RouteRef{{Name: "sample", HTTP: []string{"app"}}} }, []string{`no HTTP route named "app"`, `"api"`}},
		{"subset missing", []string{service, vs(toStable)}, nil, []string{`spec.http[0] sends to subset "v1"`, "no DestinationRule", "add the subset"}},
		{"subset is not stable's", []string{service, ruleV1, vs(toStable)}, func(t *traffic.Target) { t.StableLabels = map[string]string{"app": "sample", "version": "v9"} }, []string{`["v1"]`, "none of them selects stable's Pods", "v9"}},
		{"candidate's subset is stable's", []string{service, ruleV1, vs(toStable)}, func(t *traffic.Target) { t.Subset = "v1" }, []string{`subset "v1" selects stable's Pods`, "spec.candidate.subset"}},
		{"candidate has traffic", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 80}, {destination: {host: sample, subset: canary}, weight: 20}]}]`)}, nil, []string{"sample/canary already gets weight 20", "set it to 0"}},
		{"stable has none", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 0}, {destination: {host: other}, weight: 20}]}]`)}, nil, []string{"gives stable weight 0"}},
		{"with and without subset", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}}]}, {route: [{destination: {host: sample}}]}]`)}, nil, []string{"spec.http[1] sends to sample without a subset", `subset "v1"`}},
		{"subset that tells nothing apart", []string{service, strings.Replace(ruleV1, "{version: v1}", "{app: sample}", 1), vs(toStable)}, nil, []string{`subset "v1" selects by map[app:sample]`, "add a label"}},
		{"subset outside the Service", []string{service, strings.Replace(ruleV1, "name: v1", "name: canary\n    labels: {app: elsewhere}\n  - name: v1", 1), vs(toStable)}, nil, []string{`subset "canary" wants labels map[app:elsewhere]`, "selects map[app:sample]"}},
		{"-canary Service selects stable", []string{service, strings.Replace(service, "name: sample,", "name: sample-canary,", 1), vs(`  http: [{route: [{destination: {host: sample}}]}]`)}, nil, []string{"Service demo/sample-canary selects stable's Pods"}},
		{"a weight that is none", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: {}}]}]`)}, nil, []string{"spec.http[0].route[0]: Istio cannot read it", "correct it"}},
		{"a destination that is none", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 10}, {weight: 1}]}]`)}, nil, []string{"spec.http[0].route[1]: Istio cannot read it"}},
		{"weights out of range", []string{service, ruleV1, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 2000000001}, {destination: {host: other}, weight: 1}]}]`)}, nil, []string{"too large", "only their proportion counts"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := stableV1()
			if tt.target != nil {
				tt.target(&target)
			}
			var objects []*unstructured.Unstructured
			for _, m := range tt.objects {
				objects = append(objects, parse(t, m))
			}
			client := fakeClient(objects...)
			_, err := Find(context.Background(), client, target)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			for _, a := range client.Actions() {
				if v := a.GetVerb(); v != "get" && v != "list" {
					t.Errorf("Find wrote: %s %s", v, a.GetResource().Resource)
				}
			}
		})
	}
}

// TestFindWarns: what works and may still surprise.
func TestFindWarns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, routes, want string
	}{
		{"gateway only", `  hosts: [a.example]
  gateways: [ingress/public]
` + toStable, "bound to gateways only"},
		{"a host that Istio does not complete", `  http: [{route: [{destination: {host: sample.demo, subset: v1}}]}]`, `"sample.demo", which Istio does not complete`},
		{"weights without whole percentages", `  http: [{route: [{destination: {host: sample, subset: v1}, weight: 30}, {destination: {host: o}, weight: 70}]}]`, "30 has no whole percentages"},
		{"no subsets", `  http: [{route: [{destination: {host: sample}}]}]`, "policies that select Pods by app=sample do not apply"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, ruleV1, vs(tt.routes))
			if all := strings.Join(w.Warnings(), "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("warnings lack %q:\n%s", tt.want, all)
			}
		})
	}
	t.Run("nothing to say", func(t *testing.T) {
		t.Parallel()
		if w := newWorld(t, stableV1(), service, ruleV1, vs(toStable)); len(w.Warnings()) > 0 {
			t.Errorf("the common case warns: %q", w.Warnings())
		}
	})
}

// TestFindWithinOneNamespace: a user without rights on other namespaces gets
// the routes of the Service's own, and is told.
func TestFindWithinOneNamespace(t *testing.T) {
	t.Parallel()
	client := fakeClient(parse(t, service), parse(t, ruleV1), parse(t, vs(toStable)))
	client.PrependReactor("list", "*", func(a kubetesting.Action) (bool, runtime.Object, error) {
		if a.GetNamespace() != "" {
			return false, nil, nil
		}
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: a.GetResource().Resource}, "", nil)
	})
	s, err := Find(context.Background(), client, stableV1())
	if err != nil {
		t.Fatal(err)
	}
	if got := traffic.Describe(s.Objects()); got != "DestinationRule demo/sample, VirtualService demo/sample" {
		t.Errorf("found %s", got)
	}
	if all := strings.Join(s.Warnings(), "\n"); !strings.Contains(all, "not permitted to list virtualservices in all namespaces") {
		t.Errorf("the user is not told: %q", all)
	}
}

// TestFindOldAPI: a cluster that serves only v1beta1 is as good.
func TestFindOldAPI(t *testing.T) {
	t.Parallel()
	client := fakeClient(parse(t, service))
	client.PrependReactor("list", resourceVirtualServices, func(kubetesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Group: group, Resource: resourceVirtualServices}, "")
	})
	c := &cluster{client: client}
	err := c.choose(context.Background(), "demo")
	if err == nil || !strings.Contains(err.Error(), "install Istio") {
		t.Errorf("a cluster without Istio: %v", err)
	}
	var asked []string
	for _, a := range client.Actions() {
		asked = append(asked, a.GetResource().Version)
	}
	if d := cmp.Diff(versions, asked); d != "" {
		t.Errorf("versions asked for: %s", d)
	}
}
