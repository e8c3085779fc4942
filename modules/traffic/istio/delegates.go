package istio

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
