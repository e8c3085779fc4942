package istio

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// meshGateway stands for the callers inside the mesh.
const meshGateway = "mesh"

// readAround reads what stands beside the routes that were asked for: who
// delegates to them, and who else sends to the Service. What may not be seen is
// left out.
func (f *finder) readAround(ctx context.Context) []*routeObject {
	if len(f.target.Routes) == 0 {
		return f.routes // all that can be seen
	}
	items, err := f.list(ctx, resourceVirtualServices, "")
	if err != nil {
		items, err = f.list(ctx, resourceVirtualServices, f.target.Namespace)
	}
	if err != nil {
		return f.routes
	}
	return f.routeObjects(inOrder(items))
}

// routeObjects keeps those that are known already, and what is wanted of them.
func (f *finder) routeObjects(items []unstructured.Unstructured) []*routeObject {
	var out []*routeObject
	for i := range items {
		one := &routeObject{Unstructured: &items[i]}
		for _, o := range f.routes {
			if o.GetNamespace() == one.GetNamespace() && o.GetName() == one.GetName() {
				one = o
			}
		}
		out = append(out, one)
	}
	return out
}

// roots are the VirtualServices by which callers come to one's routes: itself
// where it has hosts, else those that delegate to it. There are none of a
// delegate that nobody delegates to, as far as can be seen.
func (f *finder) roots(o *routeObject) []*routeObject {
	if len(listOf(o, "hosts")) > 0 {
		return []*routeObject{o}
	}
	var out []*routeObject
	for _, root := range f.around {
		all := &routeObject{Unstructured: root.Unstructured}
		if slices.Contains(delegates(all), delegate{o.GetNamespace(), o.GetName()}) {
			out = append(out, root)
		}
	}
	return out
}

// inMesh are the roots by which callers inside the mesh follow a route.
func (f *finder) inMesh(s sighting) []*routeObject {
	if only := s.onlyGateways(); len(only) > 0 && !slices.Contains(only, meshGateway) {
		return nil
	}
	var out []*routeObject
	for _, root := range f.roots(s.object) {
		if slices.Contains(bound(root), meshGateway) {
			out = append(out, root)
		}
	}
	return out
}

// onlyGateways are those that a route's matches narrow it down to; none when a
// match, or the lack of any, leaves it to the VirtualService.
func (s sighting) onlyGateways() []string {
	r, _ := routesOf(spec(s.object.Unstructured), s.list)[s.index].(map[string]any)
	matches, _ := r["match"].([]any)
	var out []string
	for _, m := range matches {
		one, _ := m.(map[string]any)
		names := texts(one["gateways"])
		if len(names) == 0 {
			return nil
		}
		out = append(out, names...)
	}
	return out
}

// namesService says whether callers that use the Service by its name follow a
// VirtualService: its hosts say so. Istio completes names without a dot only.
func (f *finder) namesService(root *routeObject) bool {
	return slices.ContainsFunc(listOf(root, "hosts"), func(host string) bool {
		return f.names.mean(host, root.GetNamespace()) && !f.names.incomplete(host) || f.names.covers(host)
	})
}

// exported says whether callers in every namespace see a VirtualService.
func exported(root *routeObject) bool {
	to := listOf(root, "exportTo")
	return len(to) == 0 || slices.Contains(to, "*")
}

// bound are the gateways that a VirtualService is for.
func bound(o *routeObject) []string {
	if g := listOf(o, "gateways"); len(g) > 0 {
		return g
	}
	return []string{meshGateway}
}

func listOf(o *routeObject, field string) []string { return texts(spec(o.Unstructured)[field]) }

func texts(v any) []string {
	raw, _ := v.([]any)
	var out []string
	for _, x := range raw {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func quoted(list []string) string { return `"` + strings.Join(list, `", "`) + `"` }
