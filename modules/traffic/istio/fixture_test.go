package istio

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// tester is what *testing.T, *testing.F and *rapid.T have in common here.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func parse(t tester, manifest string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(manifest))
	if err != nil {
		t.Fatalf("bad fixture: %v\n%s", err, manifest)
	}
	o := &unstructured.Unstructured{}
	if err := o.UnmarshalJSON(data); err != nil {
		t.Fatalf("bad fixture: %v\n%s", err, manifest)
	}
	return o
}

func fakeClient(objects ...*unstructured.Unstructured) *fake.FakeDynamicClient {
	var in []runtime.Object
	for _, o := range objects {
		in = append(in, o.DeepCopy())
	}
	kinds := map[schema.GroupVersionResource]string{{Version: "v1", Resource: resourceServices}: "ServiceList"}
	for _, v := range versions {
		kinds[schema.GroupVersionResource{Group: group, Version: v, Resource: resourceVirtualServices}] = "VirtualServiceList"
		kinds[schema.GroupVersionResource{Group: group, Version: v, Resource: resourceDestinationRules}] = "DestinationRuleList"
		kinds[schema.GroupVersionResource{Group: group, Version: v, Resource: resourceServiceEntries}] = "ServiceEntryList"
	}
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, in...)
}

const service = `
apiVersion: v1
kind: Service
metadata: {name: sample, namespace: demo, labels: {app: sample, app.kubernetes.io/instance: argo-tracks-this}}
spec:
  clusterIP: 10.96.3.4
  selector: {app: sample}
  ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http, nodePort: 30080}]
`

const ruleV1 = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: sample, namespace: demo}
spec:
  host: sample
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
`

// stableV1 is the Target of most tests.
func stableV1() traffic.Target {
	return traffic.Target{Namespace: "demo", Service: "sample", StableLabels: map[string]string{"app": "sample", "version": "v1"}}
}

// vs makes a VirtualService demo/sample of a spec.
func vs(spec string) string { return vsNamed("demo", "sample", spec) }

func vsNamed(namespace, name, spec string) string {
	return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec:\n" + spec
}

// world is a cluster with routes and a Split that holds them.
type world struct {
	t      tester
	client *fake.FakeDynamicClient
	*Split
}

func newWorld(t tester, target traffic.Target, manifests ...string) *world {
	t.Helper()
	var objects []*unstructured.Unstructured
	for _, m := range manifests {
		objects = append(objects, parse(t, m))
	}
	return worldOf(t, target, objects...)
}

func worldOf(t tester, target traffic.Target, objects ...*unstructured.Unstructured) *world {
	t.Helper()
	w := &world{t: t, client: fakeClient(objects...)}
	var err error
	if w.Split, err = Find(context.Background(), w.client, target); err != nil {
		t.Fatalf("find: %v", err)
	}
	return w
}

// resume goes on in another process.
func (w *world) resume(opts ...Option) {
	w.t.Helper()
	data, err := w.State()
	w.must(err)
	w.Split, err = Resume(context.Background(), w.client, data, opts...)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

func (w *world) prepare()  { w.t.Helper(); w.must(w.Prepare(context.Background())) }
func (w *world) set(p int) { w.t.Helper(); w.share(p, 0) }
func (w *world) share(candidate, baseline int) {
	w.t.Helper()
	w.must(w.SetWeight(context.Background(), traffic.Weights{Candidate: candidate, Baseline: baseline}))
}
func (w *world) restore() { w.t.Helper(); w.must(w.Restore(context.Background())) }
func (w *world) cleanup() { w.t.Helper(); w.must(w.Cleanup(context.Background())) }
func (w *world) weight() int {
	w.t.Helper()
	p, err := w.Weight(context.Background())
	w.must(err)
	return p.Candidate
}

// object reads an object of one of Istio's kinds, or a Service.
func (w *world) object(resource, namespace, name string) *unstructured.Unstructured {
	w.t.Helper()
	ref := traffic.ObjectRef{Group: group, Resource: resource, Namespace: namespace, Name: name}
	if resource == resourceServices {
		ref.Group = ""
	}
	o, err := w.get(context.Background(), ref)
	w.must(err)
	return o
}

func (w *world) routes() *unstructured.Unstructured {
	w.t.Helper()
	return w.object(resourceVirtualServices, "demo", "sample")
}

// somebody edits demo/sample as another client would.
func (w *world) somebody(edit func(spec map[string]any)) {
	w.t.Helper()
	tracked, err := w.client.Tracker().Get(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resourceVirtualServices}, "demo", "sample")
	w.must(err)
	o := tracked.(*unstructured.Unstructured).DeepCopy()
	edit(spec(o))
	w.put(o)
}

func (w *world) put(o *unstructured.Unstructured) {
	w.t.Helper()
	gvr := schema.GroupVersionResource{Group: group, Version: "v1", Resource: resourceVirtualServices}
	if o.GetKind() == kindDestinationRule {
		gvr.Resource = resourceDestinationRules
	}
	w.must(w.client.Tracker().Update(gvr, o, o.GetNamespace()))
}

// text is an object as canonical JSON.
func text(t tester, o any) string {
	t.Helper()
	if u, ok := o.(*unstructured.Unstructured); ok {
		o = u.Object
	}
	data, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

// entryAt reaches into a route list of a spec.
func routeAt(spec map[string]any, list string, i int) map[string]any {
	return routesOf(spec, list)[i].(map[string]any)
}

func entryAt(spec map[string]any, list string, i, j int) map[string]any {
	return entriesOf(routeAt(spec, list, i))[j].(map[string]any)
}

// conflictOf is the ConflictError in an error; the test ends without one.
func conflictOf(t *testing.T, err error) *traffic.ConflictError {
	t.Helper()
	var c *traffic.ConflictError
	if !errors.As(err, &c) || !errors.Is(err, traffic.ErrChanged) {
		t.Fatalf("want a ConflictError, got %v", err)
	}
	return c
}
