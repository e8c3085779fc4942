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
		{"headless, called from sidecars", []string{headless, ruleV1, vs("  hosts: [sample]\n" + toStable)}, nil, []string{"Service demo/sample is headless", `VirtualService demo/sample is bound to the gateway "mesh"`, "the address that its caller resolved", "bind the route to gateways only"}},
		{"headless, a Service for each version", []string{headless, vs(`  hosts: [sample]
  http: [{route: [{destination: {host: sample}}]}]`)}, nil, []string{"Service demo/sample is headless"}},
		{"headless, by a delegate", []string{
			headless, ruleV1, vsNamed("ingress", "root", `  hosts: [sample.demo.svc.cluster.local]
  http: [{delegate: {name: sample, namespace: demo}}]`), vs(toStable),
		}, nil, []string{"Service demo/sample is headless", `VirtualService ingress/root is bound to the gateway "mesh"`}},
		{"no load balancer", []string{service, strings.Replace(ruleV1, "LEAST_REQUEST", "PASSTHROUGH", 1), vs("  hosts: [sample]\n" + toStable)}, nil, []string{"DestinationRule demo/sample sets the load balancer PASSTHROUGH in spec.subsets[0].trafficPolicy", "choose another load balancer"}},
		{"no load balancer for one port", []string{service, strings.Replace(ruleV1, "connectionPool: {tcp: {maxConnections: 100}}", "portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: PASSTHROUGH}}]", 1), vs("  hosts: [sample]\n" + toStable)}, nil, []string{"sets the load balancer PASSTHROUGH in spec.trafficPolicy"}},
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

// headless is the Service without an address of its own.
var headless = strings.Replace(service, "clusterIP: 10.96.3.4", "clusterIP: None", 1)

// TestFindHeadlessBehindAGateway: a gateway resolves nothing and spreads requests
// over the versions, so a headless Service can be rolled out there.
func TestFindHeadlessBehindAGateway(t *testing.T) {
	t.Parallel()
	for name, routes := range map[string]string{
		"the VirtualService is for a gateway": "  hosts: [a.example]\n  gateways: [ingress/public]\n" + toStable,
		"the route is for a gateway": `  hosts: [a.example]
  gateways: [ingress/public, mesh]
  http: [{match: [{gateways: [ingress/public]}], route: [{destination: {host: sample, subset: v1}}]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), headless, ruleV1, vs(routes))
			if got := len(w.Objects()); got != 2 {
				t.Errorf("%d objects would be edited, want the VirtualService and the DestinationRule", got)
			}
		})
	}
}

// TestFindWarns: what works and may still surprise.
func TestFindWarns(t *testing.T) {
	t.Parallel()
	governed := vs("  hosts: [sample]\n" + toStable)
	for _, tt := range []struct {
		name    string
		objects []string
		only    string // spec.routes
		want    []string
	}{
		{"gateway only", []string{vs(`  hosts: [a.example]
  gateways: [ingress/public]
` + toStable)}, "", []string{"bound to gateways only"}},
		{"a host that Istio does not complete", []string{vs(`  http: [{route: [{destination: {host: sample.demo, subset: v1}}]}]`)}, "", []string{`"sample.demo", which Istio does not complete`}},
		{"weights without whole percentages", []string{vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 30}, {destination: {host: o}, weight: 70}]}]`)}, "", []string{"30 has no whole percentages"}},
		{"no subsets", []string{vs(`  http: [{route: [{destination: {host: sample}}]}]`)}, "", []string{"policies that select Pods by app=sample do not apply"}},
		{"for the mesh, by another name", []string{vs("  hosts: [shop.example]\n  gateways: [ingress/public, mesh]\n" + toStable)}, "",
			[]string{`VirtualService demo/sample is bound to the gateway "mesh"`, `"shop.example"`, "do not name Service demo/sample", "by their number", `add the host "sample.demo.svc.cluster.local"`}},
		{"for the mesh, by a name that Istio does not complete", []string{vs("  hosts: [sample.demo]\n" + toStable)}, "", []string{"do not name Service demo/sample"}},
		{"a route for the gateway in a VirtualService for both", []string{vs(`  hosts: [shop.example]
  gateways: [ingress/public, mesh]
  http: [{match: [{gateways: [ingress/public]}], route: [{destination: {host: sample, subset: v1}}]}]`)}, "", []string{"bound to gateways only"}},
		{"a delegate that nobody delegates to", []string{vs(toStable)}, "",
			[]string{"VirtualService demo/sample has no hosts", "no caller follows its weights", "give it hosts", "by their number"}},
		{"one of two is such a delegate", []string{governed, vsNamed("demo", "lost", toStable)}, "", []string{"VirtualService demo/lost has no hosts"}},
		{"not for other namespaces", []string{vs("  hosts: [sample]\n  exportTo: [\".\"]\n" + toStable)}, "",
			[]string{`VirtualService demo/sample is exported to "." only`, "another namespace", "take exportTo out"}},
		{"another service's mirror", []string{governed, vsNamed("demo", "orders", `  hosts: [orders]
  http: [{route: [{destination: {host: orders}}], mirror: {host: sample}}]`)}, "",
			[]string{"VirtualService demo/orders spec.http[0] mirrors requests to sample without a subset", "also at 0", "stable's subset"}},
		{"mirrors in their newer spelling", []string{governed, vsNamed("far", "orders", `  hosts: [orders]
  http: [{route: [{destination: {host: orders}}], mirrors: [{destination: {host: other}}, {destination: {host: sample.demo.svc.cluster.local, subset: canary}, percentage: {value: 5}}]}]`)}, "",
			[]string{`VirtualService far/orders spec.http[0] mirrors requests to sample.demo.svc.cluster.local to subset "canary"`}},
		{"a route without a subset that is not rolled out", []string{governed, vsNamed("demo", "old", `  hosts: [old.example]
  http: [{route: [{destination: {host: sample}}]}]`)}, "sample",
			[]string{"VirtualService demo/old spec.http[0] sends to sample without a subset and is not among spec.routes", "by their number"}},
		{"the same in another route of the object", []string{vs(`  hosts: [sample]
  http:
  - {name: a, route: [{destination: {host: sample, subset: v1}}]}
  - {name: b, route: [{destination: {host: sample}}]}`)}, "sample/a",
			[]string{"VirtualService demo/sample spec.http[1] sends to sample without a subset"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, only(tt.only), append([]string{service, ruleV1}, tt.objects...)...)
			for _, want := range tt.want {
				if all := strings.Join(w.Warnings(), "\n"); !strings.Contains(all, want) {
					t.Errorf("warnings lack %q:\n%s", want, all)
				}
			}
		})
	}
}

// only is stableV1 with a VirtualService, or one route of it, as spec.routes.
func only(route string) traffic.Target {
	target := stableV1()
	if name, http, one := strings.Cut(route, "/"); name != "" {
		ref := traffic.RouteRef{Name: name}
		if one {
			ref.HTTP = []string{http}
		}
		target.Routes = []traffic.RouteRef{ref}
	}
	return target
}

// TestFindWarnsOfNothing: where every caller is governed there is nothing to say.
func TestFindWarnsOfNothing(t *testing.T) {
	t.Parallel()
	root := vsNamed("ingress", "root", "  hosts: [\"*.demo.svc.cluster.local\"]\n  http: [{delegate: {name: sample, namespace: demo}}]")
	for name, tt := range map[string]struct {
		objects []string
		only    string
	}{
		"the common case":          {[]string{vs("  hosts: [sample]\n" + toStable)}, ""},
		"a gateway as well":        {[]string{vs("  hosts: [shop.example, sample.demo.svc.cluster.local]\n  gateways: [ingress/public, mesh]\n" + toStable)}, ""},
		"a delegate":               {[]string{root, vs(toStable)}, ""},
		"a delegate that is named": {[]string{root, vs(toStable)}, "sample"},
		"mirrors to stable and to others": {[]string{vs("  hosts: [sample]\n" + toStable), vsNamed("demo", "orders", `  hosts: [orders]
  http: [{route: [{destination: {host: orders}}], mirror: {host: sample, subset: v1}, mirrors: [{destination: {host: other}}]}]`)}, ""},
		"two objects, one for each": {[]string{
			vs("  hosts: [shop.example]\n" + toStable), vsNamed("demo", "inside", "  hosts: [sample]\n"+toStable),
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if w := newWorld(t, only(tt.only), append([]string{service, ruleV1}, tt.objects...)...); len(w.Warnings()) > 0 {
				t.Errorf("it warns: %q", w.Warnings())
			}
		})
	}
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
