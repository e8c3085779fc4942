package istio

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// httpRoutes are the Gateway API's, which Istio's proxies follow as well.
var httpRoutes = schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"}

// Joined says whether one route object sends to two Services of a namespace, as
// one does that spreads requests over two versions. Where route objects may not be
// listed nothing speaks against it.
func Joined(ctx context.Context, client dynamic.Interface, namespace, a, b string) (bool, error) {
	c := &cluster{client: client}
	if err := c.choose(ctx, namespace); err != nil {
		return false, err
	}
	both := [2]names{
		{Namespace: namespace, Service: a, Domain: DefaultDomain},
		{Namespace: namespace, Service: b, Domain: DefaultDomain},
	}
	vs := schema.GroupVersionResource{Group: group, Version: c.version, Resource: resourceVirtualServices}
	for gvr, hosts := range map[schema.GroupVersionResource]func(*unstructured.Unstructured) []host{vs: hostsOf, httpRoutes: backendsOf} {
		items, seen, err := c.visible(ctx, gvr, namespace)
		if err != nil {
			return false, fmt.Errorf("list %s in namespace %s: %w", gvr.Resource, namespace, err)
		}
		if !seen {
			return true, nil
		}
		for i := range items {
			if meet(hosts(&items[i]), both[0]) && meet(hosts(&items[i]), both[1]) {
				return true, nil
			}
		}
	}
	return false, nil
}

// visible lists a kind in all namespaces, or in one where no more may be seen. A
// kind that the cluster does not have has no objects.
func (c *cluster) visible(ctx context.Context, gvr schema.GroupVersionResource, namespace string) (items []unstructured.Unstructured, seen bool, err error) {
	for _, ns := range []string{"", namespace} {
		l, err := c.client.Resource(gvr).Namespace(ns).List(ctx, metav1.ListOptions{})
		switch {
		case err == nil:
			return l.Items, true, nil
		case apierrors.IsNotFound(err):
			return nil, true, nil
		case !apierrors.IsForbidden(err):
			return nil, false, err
		}
	}
	return nil, false, nil
}

// host is one that a route sends to, as an object of a namespace writes it.
type host struct{ name, namespace string }

func meet(hosts []host, n names) bool {
	for _, h := range hosts {
		if n.mean(h.name, h.namespace) {
			return true
		}
	}
	return false
}

// hostsOf are those that a VirtualService sends to.
func hostsOf(o *unstructured.Unstructured) []host {
	var out []host
	for _, list := range lists {
		for _, r := range routesOf(spec(o), list) {
			for _, e := range readEntries(entriesOf(r)) {
				out = append(out, host{e.Host, o.GetNamespace()})
			}
		}
	}
	return out
}

// backendsOf are those that an HTTPRoute sends to.
func backendsOf(o *unstructured.Unstructured) []host {
	var out []host
	rules, _ := spec(o)["rules"].([]any)
	for _, r := range rules {
		rule, _ := r.(map[string]any)
		refs, _ := rule["backendRefs"].([]any)
		for _, b := range refs {
			ref, _ := b.(map[string]any)
			h := host{namespace: o.GetNamespace()}
			h.name, _ = ref["name"].(string)
			if ns, ok := ref["namespace"].(string); ok {
				h.namespace = ns
			}
			out = append(out, h)
		}
	}
	return out
}
