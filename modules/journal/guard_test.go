package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

var routeResource = schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"}

// counted counts the writes that a transport lets through.
type counted struct {
	next   http.RoundTripper
	writes *atomic.Int32
}

func (c counted) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		c.writes.Add(1)
	}
	return c.next.RoundTrip(req)
}

// guardedClient is a client behind a Guard, and the number of writes it sent.
func guardedClient(t *testing.T, g *journal.Guard) (dynamic.Interface, *atomic.Int32) {
	t.Helper()
	config, writes := rest.CopyConfig(apiserver.Shared(t).Config), &atomic.Int32{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{next, writes} })
	config.Wrap(g.Wrap)
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client, writes
}

func makeRoute(t *testing.T, client dynamic.Interface, ns string) *unstructured.Unstructured {
	t.Helper()
	vs := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": map[string]any{"name": "sample"},
		"spec": map[string]any{"hosts": []any{"sample"}, "http": []any{map[string]any{"route": []any{map[string]any{"destination": map[string]any{"host": "sample"}}}}}},
	}}
	vs, err := client.Resource(routeResource).Namespace(ns).Create(t.Context(), vs, metav1.CreateOptions{FieldManager: "user"})
	if err != nil {
		t.Fatal(err)
	}
	return vs
}

func TestNothingIsWrittenWithoutALease(t *testing.T) {
	t.Parallel()
	store, plain, ns := open(t)
	makeRoute(t, plain, ns)
	guard := &journal.Guard{}
	client, writes := guardedClient(t, guard)
	patch := func(opts metav1.PatchOptions) error {
		_, err := client.Resource(routeResource).Namespace(ns).Patch(t.Context(), "sample", types.MergePatchType, []byte(`{"spec":{"hosts":["other"]}}`), opts)
		return err
	}
	if err := patch(metav1.PatchOptions{}); err == nil || writes.Load() > 0 {
		t.Fatalf("before there is a lease: %v", err)
	}
	if err := patch(metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
		t.Errorf("a dry run changes nothing: %v", err)
	}
	held, lease, err := store.Acquire(t.Context(), "sample", "alice")
	if err != nil {
		t.Fatal(err)
	}
	guard.Arm(lease)
	if err := patch(metav1.PatchOptions{}); err != nil {
		t.Fatalf("with the lease: %v", err)
	}
	expire(t, plain, ns)
	writes.Store(0)
	if err := patch(metav1.PatchOptions{}); !errors.Is(err, journal.ErrFenced) || writes.Load() > 0 {
		t.Errorf("after somebody else took it: %v, %d requests sent", err, writes.Load())
	}
	if !errors.Is(context.Cause(held), journal.ErrFenced) {
		t.Errorf("the driver was not told: %v", context.Cause(held))
	}
}

func TestATouchRefusesEarlierWritesAndLeavesTheObjectAsItWas(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	before := makeRoute(t, client, ns)
	_, lease, err := store.Acquire(t.Context(), "sample", "bob")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release(context.WithoutCancel(t.Context())) }()
	api := client.Resource(routeResource).Namespace(ns)
	if err := lease.Touch(t.Context(), api, "sample"); err != nil {
		t.Fatal(err)
	}
	if err := lease.Touch(t.Context(), api, "deleted"); err != nil {
		t.Errorf("what is not there needs none: %v", err)
	}
	after, err := api.Get(t.Context(), "sample", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	late := []byte(`[{"op":"test","path":"/metadata/resourceVersion","value":"` + before.GetResourceVersion() + `"},{"op":"replace","path":"/spec/hosts","value":["late"]}]`)
	if _, err := api.Patch(t.Context(), "sample", types.JSONPatchType, late, metav1.PatchOptions{}); err == nil {
		t.Error("a write from before the takeover was accepted")
	}
	before.SetResourceVersion("")
	after.SetResourceVersion("")
	if d := cmp.Diff(before.Object, after.Object); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// By its time an earlier write of ours is told from one of this Rollout.
func TestATouchDoesNotRenewAnEarlierWrite(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	makeRoute(t, client, ns)
	api := client.Resource(routeResource).Namespace(ns)
	patch := func(kind types.PatchType, manager, text string) *unstructured.Unstructured {
		t.Helper()
		obj, err := api.Patch(t.Context(), "sample", kind, []byte(text), metav1.PatchOptions{FieldManager: manager})
		if err != nil {
			t.Fatal(err)
		}
		return obj
	}
	fields := patch(types.MergePatchType, "headgate", `{"spec":{"hosts":["other"]}}`).GetManagedFields()
	for i := range fields {
		fields[i].Time = &metav1.Time{Time: time.Now().Add(-time.Hour)}
	}
	// The API server drops a change of nothing but times.
	label := map[string]any{"op": "add", "path": "/metadata/labels", "value": map[string]any{"aged": "hour"}}
	aged, err := json.Marshal([]any{label, map[string]any{"op": "replace", "path": "/metadata/managedFields", "value": fields}})
	if err != nil {
		t.Fatal(err)
	}
	before := patch(types.JSONPatchType, "clock", string(aged)).GetManagedFields()
	if since := time.Since(before[0].Time.Time); since < time.Minute {
		t.Fatalf("the earlier write is of %s ago", since)
	}
	_, lease, err := store.Acquire(t.Context(), "sample", "bob")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release(context.WithoutCancel(t.Context())) }()
	if err := lease.Touch(t.Context(), api, "sample"); err != nil {
		t.Fatal(err)
	}
	after, err := api.Get(t.Context(), "sample", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, after.GetManagedFields()); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

func TestALateGiveBackLeavesTheNewDriversLease(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	_, slept, err := store.Acquire(t.Context(), "sample", "alice")
	if err != nil {
		t.Fatal(err)
	}
	expire(t, client, ns)
	if err := slept.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Resource(leaseResource).Namespace(ns).Get(t.Context(), "headgate-sample", metav1.GetOptions{}); err != nil {
		t.Errorf("the new driver's lease is gone: %v", err)
	}
}
