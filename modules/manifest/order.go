package manifest

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
)

// InOrder sorts objects so that what others live in or refer to comes first.
func InOrder(objs []*unstructured.Unstructured) []*unstructured.Unstructured {
	sorted := slices.Clone(objs)
	slices.SortStableFunc(sorted, func(x, y *unstructured.Unstructured) int { return rank(x) - rank(y) })
	return sorted
}

func rank(obj *unstructured.Unstructured) int {
	switch obj.GetKind() {
	case "Namespace", "CustomResourceDefinition":
		return 0
	case "ServiceAccount", "ConfigMap", "Secret", "Role", "ClusterRole":
		return 1
	case "RoleBinding", "ClusterRoleBinding", "Service", "DestinationRule":
		return 2
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "VirtualService":
		return 4 // what they point at is there by then
	default:
		return 3
	}
}

func isCRD(obj *unstructured.Unstructured) bool {
	return obj.GetKind() == "CustomResourceDefinition" && obj.GroupVersionKind().Group == "apiextensions.k8s.io"
}

// crdTimeout bounds the wait until the API server serves a new kind; it takes
// well under a second.
const crdTimeout = time.Minute

// established waits until the kind of a CustomResourceDefinition is served.
func (a *Applier) established(ctx context.Context, t target) error {
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, crdTimeout, true, func(ctx context.Context) (bool, error) {
		live, err := t.api.Get(ctx, t.obj.GetName(), metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		return condition(live, "Established") == "True", nil
	})
	if err != nil {
		return fmt.Errorf("%s is not established (see `kubectl describe crd %s`): %w", Describe(t.obj), t.obj.GetName(), err)
	}
	a.mapper.Reset()
	return nil
}

// condition is the status of one of an object's conditions; empty without it.
func condition(obj *unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			status, _ := m["status"].(string)
			return status
		}
	}
	return ""
}
