package istio

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	kubetesting "k8s.io/client-go/testing"
)

// TestJoined: whether two Services are two versions of one thing.
func TestJoined(t *testing.T) {
	t.Parallel()
	httpRoute := `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: sample, namespace: demo}
spec:
  parentRefs: [{group: "", kind: Service, name: sample}]
  rules: [{backendRefs: [{name: sample, weight: 90}, {name: sample-v2, weight: 10}]}]`
	for _, tt := range []struct {
		name, reason string
		objects      []string
		want         bool
	}{
		{"by weight", "it spreads requests over the two", []string{vs(`  http: [{route: [{destination: {host: sample}, weight: 90}, {destination: {host: sample-v2.demo.svc.cluster.local}, weight: 10}]}]`)}, true},
		{"by header", "two routes of one object", []string{vs(`  http: [{match: [{headers: {x: {exact: b}}}], route: [{destination: {host: sample-v2}}]}, {route: [{destination: {host: sample}}]}]`)}, true},
		{"by HTTPRoute", "the Gateway API's object does the same", []string{httpRoute}, true},
		{"an object for each", "two apps have routes, too", []string{vs(`  http: [{route: [{destination: {host: sample}}]}]`), vsNamed("demo", "other", `  http: [{route: [{destination: {host: sample-v2}}]}]`)}, false},
		{"in another namespace", "a name without a dot is another Service there", []string{vsNamed("far", "a", `  http: [{route: [{destination: {host: sample}}, {destination: {host: sample-v2}}]}]`)}, false},
		{"no routes", "nothing joins them", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := routesOnly(t, tt.objects...)
			got, err := Joined(t.Context(), client, "demo", "sample", "sample-v2")
			if err != nil || got != tt.want {
				t.Errorf("%s: %v, %v; want %v", tt.reason, got, err, tt.want)
			}
		})
	}
	t.Run("they may not be listed", func(t *testing.T) {
		t.Parallel()
		client := routesOnly(t)
		client.PrependReactor("list", "*", func(a kubetesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: a.GetResource().Resource}, "", nil)
		})
		if got, err := Joined(t.Context(), client, "demo", "sample", "sample-v2"); err != nil || !got {
			t.Errorf("nothing speaks against it, and yet %v, %v", got, err)
		}
	})
}

func routesOnly(t *testing.T, manifests ...string) *fake.FakeDynamicClient {
	t.Helper()
	var objects []runtime.Object
	for _, m := range manifests {
		objects = append(objects, parse(t, m))
	}
	kinds := map[schema.GroupVersionResource]string{httpRoutes: "HTTPRouteList"}
	for _, v := range versions {
		kinds[schema.GroupVersionResource{Group: group, Version: v, Resource: resourceVirtualServices}] = "VirtualServiceList"
	}
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, objects...)
}
