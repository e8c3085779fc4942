package workload

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

var (
	deployments  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	replicaSets  = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
	statefulSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}
	daemonSets   = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}
	rollouts     = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}
	configMaps   = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	secrets      = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	pods         = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	events       = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	autoscalers  = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
	budgets      = schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}
)

// callTimeout bounds one request, so that a silent API server is noticed.
const callTimeout = 10 * time.Second

func (c *Candidate) api(r schema.GroupVersionResource) dynamic.ResourceInterface {
	return c.clients.Dynamic.Resource(r).Namespace(c.state.Namespace)
}

func (i configItem) resource() schema.GroupVersionResource {
	if i.Kind == kindSecret {
		return secrets
	}
	return configMaps
}

// find reads an object; nil when there is none.
func find(ctx context.Context, api dynamic.ResourceInterface, name string) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	obj, err := api.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return obj, err
}

func list(ctx context.Context, api dynamic.ResourceInterface, opts metav1.ListOptions) ([]unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	l, err := api.List(ctx, opts)
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// ours says that this Release made an object, for the candidate or the baseline.
func (c *Candidate) ours(obj *unstructured.Unstructured) bool {
	l := obj.GetLabels()
	return (l[LabelRole] == roleCandidate || l[LabelRole] == roleBaseline) && l[LabelRelease] == labelValue(c.state.Release)
}
