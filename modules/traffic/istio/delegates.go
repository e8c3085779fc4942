package istio

import "slices"

// delegate names a VirtualService that holds the routes of another's.
type delegate struct{ namespace, name string }

// delegates are those of a VirtualService's HTTP routes, of the wanted ones
// only. Istio knows one level of them.
func delegates(o *routeObject) []delegate {
	var out []delegate
	for _, r := range routesOf(spec(o.Unstructured), listHTTP) {
		if !o.wants(listHTTP, nameOf(r)) {
			continue
		}
		m, _ := r.(map[string]any)
		d, ok := m["delegate"].(map[string]any)
		if !ok {
			continue
		}
		name, _ := d["name"].(string)
		ns, _ := d["namespace"].(string)
		if ns == "" {
			ns = o.GetNamespace()
		}
		out = append(out, delegate{ns, name})
	}
	return out
}

// gateways are what a VirtualService is bound to: "mesh" for callers inside
// the mesh. A delegate is bound to what its roots are; nothing is said when
// they are not known.
func (f *finder) gateways(o *routeObject) []string {
	if len(listOf(o, "hosts")) > 0 {
		return bound(o)
	}
	var out []string
	for _, root := range f.routes {
		all := &routeObject{Unstructured: root.Unstructured}
		if slices.Contains(delegates(all), delegate{o.GetNamespace(), o.GetName()}) {
			out = append(out, bound(root)...)
		}
	}
	return out
}

const meshGateway = "mesh"

func bound(o *routeObject) []string {
	if g := listOf(o, "gateways"); len(g) > 0 {
		return g
	}
	return []string{meshGateway}
}

func listOf(o *routeObject, field string) []string {
	raw, _ := spec(o.Unstructured)[field].([]any)
	var out []string
	for _, v := range raw {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
