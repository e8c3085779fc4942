package journal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/headgate-ci/headgate/modules/journal"
)

var leaseResource = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}

// stranger is another driver, whose clock is off by skew.
type stranger struct {
	client *fake.FakeDynamicClient
	skew   time.Duration
}

func newStranger(t *testing.T, skew time.Duration) *stranger {
	t.Helper()
	o := &stranger{skew: skew}
	lease := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
		"metadata": map[string]any{"name": "headgate-sample", "namespace": "demo", "uid": t.Name()},
		"spec":     map[string]any{"holderIdentity": "stranger", "leaseDurationSeconds": int64(15), "renewTime": o.now(), "acquireTime": o.now()},
	}}
	o.client = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{leaseResource: "LeaseList"}, lease)
	return o
}

func (o *stranger) now() string {
	return time.Now().Add(o.skew).UTC().Format("2006-01-02T15:04:05.000000Z07:00")
}

func (o *stranger) renew(t *testing.T) {
	t.Helper()
	patch := `{"spec":{"renewTime":"` + o.now() + `"}}`
	if _, err := o.client.Resource(leaseResource).Namespace("demo").Patch(t.Context(), "headgate-sample", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Error(err)
	}
}

// alive renews every 3 seconds until the test ends.
func (o *stranger) alive(t *testing.T) {
	t.Helper()
	go func() {
		for {
			select {
			case <-t.Context().Done():
				return
			case <-time.After(3 * time.Second):
				o.renew(t)
			}
		}
	}()
}

// acquire tells how long it took to get the Lease, or not to.
func acquire(t *testing.T, o *stranger) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	_, lease, err := journal.New(o.client, "demo").Acquire(t.Context(), "sample", "me")
	took := time.Since(began)
	if err == nil {
		_ = lease.Release(context.WithoutCancel(t.Context()))
	}
	return took, err
}

// What the stranger's clock says must not matter, neither to the living nor to
// the dead.
func TestClocksDoNotDecide(t *testing.T) {
	for _, tt := range []struct {
		name string
		skew time.Duration
	}{
		{"clocks agree", 0}, {"its clock is an hour ahead", time.Hour}, {"its clock is an hour behind", -time.Hour},
	} {
		t.Run("gone, "+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := acquire(t, newStranger(t, tt.skew))
				if err != nil || took < journal.LeaseDuration || took > journal.LeaseDuration+2*time.Second {
					t.Errorf("its place was taken after %s, %v; want the lease's duration", took, err)
				}
			})
		})
		t.Run("alive, "+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newStranger(t, tt.skew)
				o.alive(t)
				var held *journal.HeldError
				if took, err := acquire(t, o); !errors.As(err, &held) || held.Holder != "stranger" {
					t.Errorf("after %s: %v", took, err)
				}
				if driver, err := journal.New(o.client, "demo").Holder(t.Context(), "sample"); driver != "stranger" || err != nil {
					t.Errorf("the driver is %q, %v", driver, err)
				}
			})
		})
	}
}

func TestAClockThatJumpsBackIsASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStranger(t, 0)
		go func() {
			time.Sleep(10 * time.Second)
			o.skew = -2 * time.Hour
			o.renew(t)
		}()
		var held *journal.HeldError
		if _, err := acquire(t, o); !errors.As(err, &held) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAnOutageIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStranger(t, 0)
		began := time.Now()
		o.client.PrependReactor("get", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			if at := time.Since(began); at > 5*time.Second && at < 25*time.Second {
				return true, nil, errors.New("connection refused")
			}
			return false, nil, nil
		})
		took, err := acquire(t, o)
		if err != nil || took < 25*time.Second+journal.LeaseDuration {
			t.Errorf("its place was taken after %s, %v: it could not renew for 20 s of them", took, err)
		}
	})
}

func TestSilenceIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newStranger(t, 0)
		began := time.Now()
		driver, err := journal.New(o.client, "demo").Ask(t.Context(), "sample", journal.RequestRollback)
		if driver != "" || err != nil {
			t.Fatalf("heard by %q, %v", driver, err)
		}
		if _, err := acquire(t, o); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > journal.LeaseDuration+2*time.Second {
			t.Errorf("it took %s to ask and to take over", took)
		}
	})
}
