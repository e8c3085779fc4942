package workload

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

// A Deployment's controller writes a status soon after each change: right after
// a refused handover it does so again, before the next try.
func TestHandoverOutlastsTheDeploymentsController(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		version, tries := 7, 0
		stands := func() *unstructured.Unstructured {
			o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment"}}
			o.SetNamespace("demo")
			o.SetName("sample")
			o.SetResourceVersion(fmt.Sprint(version))
			o.SetManagedFields([]metav1.ManagedFieldsEntry{
				{Manager: "flux", Operation: metav1.ManagedFieldsOperationApply, APIVersion: "apps/v1", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:template":{}}}`)},
				{Manager: fieldManager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:paused":{}}}`)},
			})
			return o
		}
		client := fake.NewSimpleDynamicClient(runtime.NewScheme())
		client.PrependReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) { return true, stands(), nil })
		client.PrependReactor("patch", "deployments", func(a clienttesting.Action) (bool, runtime.Object, error) {
			tries++
			patch := string(a.(clienttesting.PatchAction).GetPatch())
			if tries > 1 && strings.Contains(patch, fmt.Sprintf(`"/metadata/resourceVersion","value":"%d"`, version)) {
				return true, stands(), nil
			}
			time.AfterFunc(time.Millisecond, func() { version++ })
			return true, nil, apierrors.NewConflict(deployments.GroupResource(), "sample", errors.New("modified"))
		})
		c := &Candidate{clients: Clients{Dynamic: client}}
		c.state.Namespace = "demo"
		if err := c.handOver(t.Context(), deployments, "flux", stands()); err != nil {
			t.Fatal(err)
		}
		if tries != 2 {
			t.Errorf("handed over at try %d: what was read before the pause was written after it", tries)
		}
	})
}
