package apiserver_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/testenv/apiserver"
)

var (
	virtualServices = schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"}
	deployments     = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	replicaSets     = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
)

func connect(t *testing.T) (*apiserver.Server, dynamic.Interface) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a Kubernetes API server; left out by -short")
	}
	s := apiserver.Shared(t)
	client, err := dynamic.NewForConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	return s, client
}

func TestIstiosKindsAreServed(t *testing.T) {
	t.Parallel()
	s, client := connect(t)
	ns := s.Namespace(t)
	route := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
		"metadata": map[string]any{"name": "web"},
		"spec":     map[string]any{"hosts": []any{"web"}, "http": []any{map[string]any{"route": []any{map[string]any{"destination": map[string]any{"host": "web"}}}}}},
	}}
	if _, err := client.Resource(virtualServices).Namespace(ns).Create(t.Context(), route, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	all, err := client.Resource(virtualServices).Namespace(s.Namespace(t)).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(all.Items) != 0 {
		t.Errorf("another namespace of the same test holds %v, %v", all, err)
	}
}

func TestControllersMakeReplicaSets(t *testing.T) {
	t.Parallel()
	s, client := connect(t)
	s.WithControllers(t)
	ns := s.Namespace(t)
	labels := map[string]any{"app": "web"}
	deployment := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web"},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "web", "image": "web"}}},
			},
		},
	}}
	if _, err := client.Resource(deployments).Namespace(ns).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		sets, err := client.Resource(replicaSets).Namespace(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(sets.Items) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d ReplicaSets after a minute", len(sets.Items))
		}
		time.Sleep(50 * time.Millisecond)
	}
}
