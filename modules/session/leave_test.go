package session_test

import (
	"maps"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/session/selectors"
)

// TestLeave: no Service selects the Pods any more, and their ReplicaSet still does.
func TestLeave(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	another(t, client, c.Namespace, "inside", map[string]any{"app": "sample", "tier": "web"})
	another(t, client, c.Namespace, "sample-canary", map[string]any{"version": "canary", "headgate.dev/role": "candidate"})
	api := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(c.Namespace)
	own := map[string]string{"headgate.dev/role": "candidate", "headgate.dev/release": "sample"}
	create := func(name string, more map[string]string) {
		pod := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": name},
			"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": "headgate/sample:1.1.0"}}},
		}}
		pod.SetLabels(more)
		if _, err := api.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	shared := map[string]string{"app": "sample", "tier": "web", "version": "canary", "team": "shop", "pod-template-hash": "abc"}
	maps.Copy(shared, own)
	create("candidate", shared)
	create("stable", map[string]string{"app": "sample", "version": "stable"})
	for range 2 { // a driver that died is followed by one that does it again
		if err := selectors.Leave(t.Context(), client, c.Namespace, labels.Set(own).String()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := selectors.List(t.Context(), client, c.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]string{
		"candidate": {"headgate.dev/role": "candidate", "headgate.dev/release": "sample", "pod-template-hash": "abc", "tier": "web", "team": "shop"},
		"stable":    {"app": "sample", "version": "stable"},
	} {
		pod, err := api.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(pod.GetLabels(), want) {
			t.Errorf("%s has the labels %v, want %v", name, pod.GetLabels(), want)
		}
		if left := all.Of(pod.GetLabels()).Names(); name == "candidate" && len(left) > 0 {
			t.Errorf("Services %v still select the candidate", left)
		}
	}
}
