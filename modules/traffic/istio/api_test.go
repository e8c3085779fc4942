package istio

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/optimistic"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

// live is a namespace on a real API server.
type live struct {
	*testing.T
	*cluster
	ns     string
	config *rest.Config
}

func newLive(t *testing.T, manifests ...string) *live {
	t.Helper()
	server := apiserver.Shared(t)
	client, err := dynamic.NewForConfig(server.Config)
	if err != nil {
		t.Fatal(err)
	}
	l := &live{T: t, cluster: &cluster{client: client, version: "v1"}, ns: server.Namespace(t), config: server.Config}
	for _, m := range manifests {
		l.apply(m)
	}
	return l
}

// apply is `kubectl apply --server-side`.
func (l *live) apply(manifest string) {
	l.Helper()
	o := l.here(manifest)
	_, err := l.objects(refOf(o)).Apply(context.Background(), o.GetName(), o, metav1.ApplyOptions{FieldManager: "kubectl"})
	if err != nil {
		l.Fatalf("apply %s %s: %v", o.GetKind(), o.GetName(), err)
	}
}

// here is a manifest in the test's own namespace.
func (l *live) here(manifest string) *unstructured.Unstructured {
	l.Helper()
	manifest = strings.NewReplacer("namespace: demo", "namespace: "+l.ns, ".demo.svc", "."+l.ns+".svc", ", nodePort: 30080", "", "clusterIP: 10.96.3.4", "").Replace(manifest)
	return parse(l, manifest)
}

func refOf(o *unstructured.Unstructured) traffic.ObjectRef {
	ref := traffic.ObjectRef{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(), Group: group}
	ref.Resource = strings.ToLower(o.GetKind()) + "s"
	if o.GetKind() == kindService {
		ref.Group = ""
	}
	return ref
}

func (l *live) read(kind, name string) *unstructured.Unstructured {
	l.Helper()
	ref := traffic.ObjectRef{Kind: kind, Resource: strings.ToLower(kind) + "s", Group: group, Namespace: l.ns, Name: name}
	o, err := l.get(context.Background(), ref)
	if err != nil {
		l.Fatal(err)
	}
	return o
}

// authored is what of an object a user writes.
func authored(t tester, o *unstructured.Unstructured) string {
	return text(t, map[string]any{"spec": o.Object["spec"], "labels": o.GetLabels(), "annotations": o.GetAnnotations()})
}

func (l *live) find() *Split {
	l.Helper()
	target := stableV1()
	target.Namespace = l.ns
	s, err := Find(context.Background(), l.client, target)
	if err != nil {
		l.Fatal(err)
	}
	return s
}

func (l *live) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

const allKinds = `  hosts: [a.example]
  http:
  - name: api
    match: [{uri: {prefix: /api}}]
    timeout: 3s
    retries: {attempts: 2}
    route:
    - {destination: {host: sample, subset: v1, port: {number: 80}}, weight: 90, headers: {request: {set: {x-way: here}}}}
    - {destination: {host: elsewhere}, weight: 10}
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /new}
  - route: [{destination: {host: sample.demo.svc.cluster.local, subset: v1}}]
  tcp: [{match: [{port: 5432}], route: [{destination: {host: sample, subset: v1}}]}]
  tls: [{match: [{port: 443, sniHosts: [a.example]}], route: [{destination: {host: sample, subset: v1}, weight: 100}]}]`

// TestLiveRoundTrip: on a real API server with Istio's schemas, routes of all
// kinds come back as the user wrote them, and the user can go on applying.
func TestLiveRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, ruleV1, vs(allKinds))
	routes, rule := l.read(kindVirtualService, "sample"), l.read(kindDestinationRule, "sample")
	s := l.find()
	l.must(s.Prepare(ctx))
	for _, percent := range []int{1, 5, 25, 50, 100, 33} {
		l.must(s.SetWeight(ctx, traffic.Weights{Candidate: percent}))
		if got, err := s.Weight(ctx); err != nil || got.Candidate != percent {
			t.Errorf("Weight: %d, %v; want %d", got, err, percent)
		}
	}
	want := []string{
		"http[0]: sample/v1:80 603, elsewhere 100, sample/canary:80 297",
		"http[2]: sample." + l.ns + ".svc.cluster.local/v1 67, sample." + l.ns + ".svc.cluster.local/canary 33",
		"tcp[0]: sample/v1 67, sample/canary 33", "tls[0]: sample/v1 67, sample/canary 33",
	}
	if d := cmp.Diff(want, destinations(spec(l.read(kindVirtualService, "sample")))); d != "" {
		t.Errorf("at 33%% (-want +got):\n%s", d)
	}
	l.must(s.Restore(ctx))
	l.must(s.Cleanup(ctx))
	if d := cmp.Diff(authored(t, routes), authored(t, l.read(kindVirtualService, "sample"))); d != "" {
		t.Errorf("VirtualService:\n%s", d)
	}
	if d := cmp.Diff(authored(t, rule), authored(t, l.read(kindDestinationRule, "sample"))); d != "" {
		t.Errorf("DestinationRule:\n%s", d)
	}
}

// TestLiveByHost: the API server takes the Service that is made, and no object
// of Headgate's is left.
func TestLiveByHost(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, hostRule, vs("  hosts: [a.example]\n"+toHost))
	routes := l.read(kindVirtualService, "sample")
	s := l.find()
	l.must(s.Prepare(ctx))
	l.must(s.SetWeight(ctx, traffic.Weights{Candidate: 50}))
	l.must(s.Restore(ctx))
	l.must(s.Cleanup(ctx))
	if d := cmp.Diff(authored(t, routes), authored(t, l.read(kindVirtualService, "sample"))); d != "" {
		t.Errorf("VirtualService:\n%s", d)
	}
	for _, resource := range []string{resourceVirtualServices, resourceDestinationRules, resourceServices} {
		ref := traffic.ObjectRef{Resource: resource, Namespace: l.ns}
		if resource != resourceServices {
			ref.Group = group
		}
		list, err := l.objects(ref).List(ctx, metav1.ListOptions{LabelSelector: traffic.LabelRole})
		if err != nil || len(list.Items) > 0 {
			t.Errorf("%s left behind: %v %v", resource, list, err)
		}
	}
}

// TestLiveRaces: somebody writes the same object all the time. All of their
// writes and all of Headgate's stand.
func TestLiveRaces(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, ruleV1, vs(allKinds))
	s := l.find()
	l.must(s.Prepare(ctx))
	const writes = 30
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range writes {
			patch := fmt.Sprintf(`{"metadata":{"annotations":{"round-%d":"x"}},"spec":{"exportTo":["ns-%d"]}}`, i, i)
			_, err := l.objects(s.state.VirtualServices[0].ref()).Patch(ctx, "sample", types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "somebody"})
			if err != nil {
				t.Errorf("somebody's write %d: %v", i, err)
			}
		}
	})
	for i := range writes {
		l.must(s.SetWeight(ctx, traffic.Weights{Candidate: i}))
	}
	wg.Wait()
	if p, err := s.Weight(ctx); err != nil || p.Candidate != writes-1 {
		t.Errorf("weight %d, %v", p, err)
	}
	l.must(s.Restore(ctx))
	o := l.read(kindVirtualService, "sample")
	if got := fmt.Sprint(spec(o)["exportTo"]); got != fmt.Sprintf("[ns-%d]", writes-1) || len(o.GetAnnotations()) != writes {
		t.Errorf("somebody's writes were lost: exportTo %s, %d annotations", got, len(o.GetAnnotations()))
	}
}

// TestLiveStalePatch: a patch worked out from an old read does not apply.
func TestLiveStalePatch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, ruleV1, vs(allKinds))
	old := l.read(kindVirtualService, "sample")
	ref := refOf(old)
	_, err := l.objects(ref).Patch(ctx, "sample", types.MergePatchType, []byte(`{"spec":{"hosts":["b.example"]}}`), metav1.PatchOptions{})
	l.must(err)
	err = l.patch(ctx, ref, old, []op{replace("/spec/http/0/route/0/weight", 1)})
	if err == nil {
		t.Fatal("a stale patch was applied")
	}
	if raced, rerr := optimistic.RacedPatch(ctx, l.objects(ref), old, err); !raced || rerr != nil {
		t.Errorf("a stale patch is not known as a race: %v, %v", err, rerr)
	}
	now := l.read(kindVirtualService, "sample")
	err = l.patch(ctx, ref, now, []op{test("/spec/http/0/route/0/weight", 7), replace("/spec/http/0/route/0/weight", 1)})
	if raced, _ := optimistic.RacedPatch(ctx, l.objects(ref), now, err); err == nil || raced {
		t.Errorf("a failed test on the object as read: %v", err)
	}
	if got := destinations(spec(l.read(kindVirtualService, "sample")))[0]; !strings.HasPrefix(got, "http[0]: sample/v1:80 90") {
		t.Errorf("written all the same: %s", got)
	}
}

// TestLiveUserGoesOnApplying: after a rollout the routes belong to who wrote
// them. Else `kubectl apply --server-side` would be refused: "conflict with
// headgate".
func TestLiveUserGoesOnApplying(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	onlyRoutes := "  http: [{route: [{destination: {host: sample, subset: v1}}]}]" // all that its owner owns
	l := newLive(t, service, ruleV1, vs(onlyRoutes))
	routes, rule := l.read(kindVirtualService, "sample"), l.read(kindDestinationRule, "sample")
	s := l.find()
	l.must(s.Prepare(ctx))
	l.must(s.SetWeight(ctx, traffic.Weights{Candidate: 25}))
	data, err := s.State()
	l.must(err)
	s, err = Resume(ctx, l.client, data)
	l.must(err)
	l.must(s.Restore(ctx))
	l.must(s.Cleanup(ctx))
	for _, was := range []*unstructured.Unstructured{routes, rule} {
		now := l.read(was.GetKind(), "sample")
		if d := cmp.Diff(owners(was), owners(now)); d != "" {
			t.Errorf("%s: owners of fields (-before +after):\n%s", was.GetKind(), d)
		}
	}
	l.apply(vs(strings.Replace(onlyRoutes, "subset: v1", "subset: v1, port: {number: 80}", 1)))
	l.apply(strings.Replace(ruleV1, "LEAST_REQUEST", "RANDOM", 1))
}

// TestLiveForeignOwner: who took the routes over meanwhile keeps them.
func TestLiveForeignOwner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, ruleV1, vs(toStable))
	s := l.find()
	l.must(s.Prepare(ctx))
	l.must(s.Restore(ctx))
	_, err := l.objects(s.state.VirtualServices[0].ref()).Patch(ctx, "sample", types.MergePatchType,
		[]byte(`{"spec":{"http":[{"timeout":"3s","route":[{"destination":{"host":"sample","subset":"v1"}}]}]}}`), metav1.PatchOptions{FieldManager: "somebody"})
	l.must(err)
	l.must(s.Restore(ctx))
	var got []string
	for _, o := range owners(l.read(kindVirtualService, "sample")) {
		if strings.Contains(o, "f:http") {
			got = append(got, strings.Fields(o)[0])
		}
	}
	if d := cmp.Diff([]string{"somebody"}, got); d != "" {
		t.Errorf("owners of the routes: %s", d)
	}
}

// owners are the field managers and what they own, without times.
func owners(o *unstructured.Unstructured) []string {
	var out []string
	for _, m := range o.GetManagedFields() {
		out = append(out, fmt.Sprintf("%s %s %s", m.Manager, m.Operation, m.FieldsV1))
	}
	slices.Sort(out)
	return out
}
