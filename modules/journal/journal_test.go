package journal_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

func open(t *testing.T) (*journal.Store, dynamic.Interface, string) {
	t.Helper()
	server := apiserver.Shared(t)
	client, err := dynamic.NewForConfig(server.Config)
	if err != nil {
		t.Fatal(err)
	}
	ns := server.Namespace(t)
	return journal.New(client, ns), client, ns
}

func TestRecordSurvivesItsWriter(t *testing.T) {
	t.Parallel()
	store, _, ns := open(t)
	if _, err := store.Load(t.Context(), "sample"); !errors.Is(err, journal.ErrNotFound) || !strings.Contains(err.Error(), ns+"/sample") {
		t.Fatalf("no rollout yet: got %v", err)
	}
	record := &journal.Record{Release: "sample", Phase: "running", Summary: "step 1", Data: []byte(`{"version":1}`)}
	if err := store.Save(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	got, err := store.Load(t.Context(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Data) != `{"version":1}` || got.Phase != "running" || got.Summary != "step 1" || time.Since(got.Written) > time.Minute {
		t.Errorf("read back %+v", got)
	}
	all, err := store.List(t.Context())
	if err != nil || len(all) != 1 || all[0].Record.Release != "sample" || all[0].Namespace != ns {
		t.Errorf("list: %v, %v", all, err)
	}
}

func TestASleepingDriverIsFenced(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	slept := &journal.Record{Release: "sample", Phase: "running", Data: []byte("a")}
	if err := store.Save(t.Context(), slept); err != nil {
		t.Fatal(err)
	}
	other, err := store.Load(t.Context(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	other.Data = []byte("b")
	if err := store.Save(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	slept.Data = []byte("c")
	if err := store.Save(t.Context(), slept); !errors.Is(err, journal.ErrFenced) {
		t.Fatalf("the sleeper's write must fail, got %v", err)
	}
	if got, err := store.Load(t.Context(), "sample"); err != nil || string(got.Data) != "b" {
		t.Errorf("the record holds %q, %v", got.Data, err)
	}
}

func TestALargeRecordIsPacked(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	large := strings.Repeat(`{"container":"app","image":"shop/sample:1.1.0"}`, 60_000) // 2.8 MB
	if err := store.Save(t.Context(), &journal.Record{Release: "sample", Phase: "running", Data: []byte(large)}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Load(t.Context(), "sample")
	if err != nil || string(got.Data) != large {
		t.Fatalf("read back %d bytes of %d, %v", len(got.Data), len(large), err)
	}
	got.Data = []byte("{}") // what is small again is text again
	if err := store.Save(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if got, err = store.Load(t.Context(), "sample"); err != nil || string(got.Data) != "{}" {
		t.Errorf("read back %q, %v", got.Data, err)
	}
}

func TestARecordThatDoesNotEvenFitPacked(t *testing.T) {
	t.Parallel()
	random, noise := rand.NewChaCha8([32]byte{}), make([]byte, 4<<20)
	_, _ = random.Read(noise) // never fails
	err := journal.New(nil, "demo").Save(t.Context(), &journal.Record{Release: "sample", Data: noise})
	if err == nil || !strings.Contains(err.Error(), "demo/headgate-sample") {
		t.Errorf("got %v", err)
	}
}

func TestADamagedRecordIsOneRowOfTheList(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	if err := store.Save(t.Context(), &journal.Record{Release: "sample", Phase: "running", Data: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	bad := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "headgate-broken", "labels": map[string]any{journal.LabelPhase: "running"}},
		"data": map[string]any{"summary": "edited"},
	}}
	if _, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(ns).Create(t.Context(), bad, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	all, err := store.List(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	if e := all[0]; e.Err == nil || !strings.Contains(e.Err.Error(), ns+"/headgate-broken cannot be read") || e.Record != nil {
		t.Errorf("the damaged one: %+v", e)
	}
	if e := all[1]; e.Err != nil || e.Record.Release != "sample" {
		t.Errorf("the other one: %+v", e)
	}
}

func TestADeletedRecordIsTold(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	record := &journal.Record{Release: "sample", Phase: "running", Data: []byte("a")}
	if err := store.Save(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(ns).Delete(t.Context(), "headgate-sample", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), record); !errors.Is(err, journal.ErrDeleted) || errors.Is(err, journal.ErrFenced) {
		t.Fatalf("somebody deleted it: %v", err)
	}
	record.Anew()
	if err := store.Save(t.Context(), record); err != nil {
		t.Errorf("it can be written anew: %v", err)
	}
}

func TestOneDriverAtATime(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	_, first, err := store.Acquire(t.Context(), "sample", "alice")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.Acquire(t.Context(), "sample", "bob")
	var held *journal.HeldError
	if !errors.As(err, &held) || held.Holder != "alice" || !strings.Contains(err.Error(), "headgate rollback sample") {
		t.Fatalf("the second must learn who drives: %v", err)
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, second, err := store.Acquire(t.Context(), "sample", "bob")
	if err != nil {
		t.Fatalf("a lease given back is free: %v", err)
	}
	if err := second.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Release(t.Context()); err != nil {
		t.Errorf("giving it back twice: %v", err)
	}
}

// expire makes a Lease look as if its holder had been silent for an hour.
func expire(t *testing.T, client dynamic.Interface, ns string) {
	t.Helper()
	old := time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	patch := `{"spec":{"renewTime":"` + old + `","holderIdentity":"vanished"}}`
	leases := schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
	if _, err := client.Resource(leases).Namespace(ns).Patch(t.Context(), "headgate-sample", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestALeaseTakenOverEndsTheFormerDriver(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	ctx, first, err := store.Acquire(t.Context(), "sample", "alice")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Release(context.WithoutCancel(t.Context())) }()
	expire(t, client, ns)
	_, second, err := store.Acquire(t.Context(), "sample", "bob")
	if err != nil {
		t.Fatalf("an expired lease is free: %v", err)
	}
	defer func() { _ = second.Release(context.WithoutCancel(t.Context())) }()
	select {
	case <-ctx.Done():
		if !errors.Is(context.Cause(ctx), journal.ErrFenced) {
			t.Errorf("ended by %v", context.Cause(ctx))
		}
	case <-time.After(3 * journal.LeaseDuration):
		t.Error("the former driver was never told")
	}
}

func TestRequestsReachTheDriver(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	_, lease, err := store.Acquire(t.Context(), "sample", "alice")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lease.Release(context.WithoutCancel(t.Context())) }()
	if holder, err := store.Holder(t.Context(), "sample"); err != nil || holder != "alice" {
		t.Fatalf("holder %q, %v", holder, err)
	}
	if driver, err := store.Ask(t.Context(), "sample", journal.RequestResume); err != nil || driver != "alice" {
		t.Fatalf("heard by %q, %v", driver, err)
	}
	if got := lease.Request(); got != journal.RequestResume {
		t.Fatalf("the driver sees %q", got)
	}
	if lease.SettleIf(journal.RequestRollback) || lease.Request() != journal.RequestResume {
		t.Errorf("what was not asked for was acted upon: %q is left", lease.Request())
	}
	if !lease.SettleIf(journal.RequestResume) || lease.SettleIf(journal.RequestResume) {
		t.Error("a request is acted upon once")
	}
	if got := lease.Request(); got != journal.RequestNone {
		t.Errorf("a request that was acted upon is still %q", got)
	}
	if _, err := store.Ask(t.Context(), "sample", journal.RequestResume); err != nil || lease.Request() != journal.RequestResume {
		t.Errorf("the same request again is a new one: got %q, %v", lease.Request(), err)
	}
}

func TestADriverThatWasKilledHearsNothing(t *testing.T) {
	t.Parallel()
	store, client, ns := open(t)
	if driver, err := store.Ask(t.Context(), "sample", journal.RequestRollback); err != nil || driver != "" {
		t.Errorf("nobody drives, but %q heard it, %v", driver, err)
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	lease := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": "headgate-sample"},
		"spec": map[string]any{"holderIdentity": "killed", "leaseDurationSeconds": int64(1), "renewTime": now, "acquireTime": now},
	}}
	leases := schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
	if _, err := client.Resource(leases).Namespace(ns).Create(t.Context(), lease, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if driver, err := store.Alive(t.Context(), "sample"); err != nil || driver != "" {
		t.Errorf("%q is gone, but shows signs of life, %v", driver, err)
	}
	if driver, err := store.Ask(t.Context(), "sample", journal.RequestRollback); err != nil || driver != "" {
		t.Errorf("%q is gone, but heard it, %v", driver, err)
	}
}
