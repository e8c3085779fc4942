package deploy

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/cluster"
)

// surroundings are the kinds that mesh objects refer to.
var surroundings = []schema.GroupVersionResource{
	{Version: "v1", Resource: "services"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Group: "apps", Version: "v1", Resource: "statefulsets"},
	{Group: "apps", Version: "v1", Resource: "daemonsets"},
	{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"},
	{Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"},
	{Group: "networking.istio.io", Version: "v1", Resource: "gateways"},
	{Group: "networking.istio.io", Version: "v1", Resource: "serviceentries"},
	{Group: "security.istio.io", Version: "v1", Resource: "peerauthentications"},
}

// around are the cluster's objects that others may refer to: of all namespaces,
// or of the connection's where no more may be read.
func around(ctx context.Context, c *cluster.Cluster) ([]*unstructured.Unstructured, error) {
	out := append([]*unstructured.Unstructured{}, namespacesOf(ctx, c)...)
	for _, gvr := range surroundings {
		list, err := c.Dynamic.Resource(gvr).List(ctx, metav1.ListOptions{})
		if apierrors.IsForbidden(err) {
			list, err = c.Dynamic.Resource(gvr).Namespace(c.Namespace).List(ctx, metav1.ListOptions{})
		}
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
			continue // no such kind here, or none of our business
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
		}
		for i := range list.Items {
			out = append(out, &list.Items[i])
		}
	}
	return out, nil
}

// namespacesOf are all namespaces, or the connection's; none where not even
// that may be read.
func namespacesOf(ctx context.Context, c *cluster.Cluster) []*unstructured.Unstructured {
	api := c.Dynamic.Resource(namespaces)
	var out []*unstructured.Unstructured
	if list, err := api.List(ctx, metav1.ListOptions{}); err == nil {
		for i := range list.Items {
			out = append(out, &list.Items[i])
		}
		return out
	}
	if ns, err := api.Get(ctx, c.Namespace, metav1.GetOptions{}); err == nil {
		out = append(out, ns)
	}
	return out
}
