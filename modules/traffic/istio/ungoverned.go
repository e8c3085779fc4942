package istio

import (
	"fmt"
	"slices"
)

// byNumber is what becomes of callers that no edited route governs where the
// candidate's Pods stand behind stable's Service, as they do with subsets.
const byNumber = "reaches candidate Pods by their number, whatever the weight"

// warnUngoverned tells of requests that no edited route governs and that reach
// the candidate all the same: with subsets its Pods stand behind the Service too.
func (f *finder) warnUngoverned(stable []sighting) {
	f.warnDirect(stable)
	f.warnPlain()
	f.warnMirrors()
}

// warnOrphans tells of routes that nobody follows.
func (f *finder) warnOrphans(stable []sighting) {
	for _, s := range stable {
		if len(f.roots(s.object)) == 0 {
			f.warn("%s has no hosts, and no VirtualService that can be seen delegates to it: no caller follows its weights; give it hosts, or delegate to it from a VirtualService that has some",
				describe(kindVirtualService, s.object.Unstructured))
		}
	}
}

// warnDirect tells of callers inside the mesh that use the Service's own name.
func (f *finder) warnDirect(stable []sighting) {
	var inside []*routeObject
	for _, s := range stable {
		inside = append(inside, f.inMesh(s)...)
	}
	var governing []*routeObject
	for _, o := range f.around {
		if slices.Contains(bound(o), meshGateway) && f.namesService(o) {
			governing = append(governing, o)
		}
	}
	caller := "a caller inside the mesh that uses the Service directly " + byNumber
	switch {
	case len(governing) > 0:
		f.warnElsewhere(governing)
	case len(inside) > 0:
		f.warn("%s is bound to the gateway %q, but its hosts (%s) do not name Service %s/%s: %s; add the host %q to it if there are such callers",
			describe(kindVirtualService, inside[0].Unstructured), meshGateway, quoted(listOf(inside[0], "hosts")), f.target.Namespace, f.target.Service, caller, f.names.fqdn())
	case slices.ContainsFunc(stable, func(s sighting) bool { return len(f.roots(s.object)) > 0 }):
		f.warn("the routes to Service %s are bound to gateways only: %s; bind a route to the gateway %q as well if there are such callers", f.target.Service, caller, meshGateway)
	default:
		f.warn("no VirtualService with hosts sends to Service %s/%s: %s; add one for host %q", f.target.Namespace, f.target.Service, caller, f.names.fqdn())
	}
}

// warnElsewhere tells of callers in namespaces that the routes are not exported
// to.
func (f *finder) warnElsewhere(governing []*routeObject) {
	if slices.ContainsFunc(governing, exported) || f.service.GetAnnotations()["networking.istio.io/exportTo"] != "" {
		return
	}
	o := governing[0]
	f.warn("%s is exported to %s only: a caller in another namespace %s; take exportTo out if there are such callers",
		describe(kindVirtualService, o.Unstructured), quoted(listOf(o, "exportTo")), byNumber)
}

// warnPlain tells of routes that spec.routes leaves out and that name no subset.
func (f *finder) warnPlain() {
	for _, o := range f.around {
		for _, list := range lists {
			for i, r := range routesOf(spec(o.Unstructured), list) {
				if f.edits(o) && o.wants(list, nameOf(r)) {
					continue
				}
				for _, s := range f.seen(o, list, i, r) {
					if s.entry.Subset == "" {
						f.warn("%s sends to %s without a subset and is not among spec.routes: whoever follows it %s; give it stable's subset, or roll it out too", s.place(), s.entry.Host, byNumber)
					}
				}
			}
		}
	}
}

// edits says whether an object is among those that were asked for.
func (f *finder) edits(o *routeObject) bool { return slices.Contains(f.routes, o) }

// warnMirrors tells of copies of other services' requests, which weights do not
// govern.
func (f *finder) warnMirrors() {
	for _, o := range f.around {
		for i, r := range routesOf(spec(o.Unstructured), listHTTP) {
			for _, m := range mirrorsOf(r) {
				if !f.names.mean(m.Host, o.GetNamespace()) || m.Subset != "" && m.Subset != f.target.Subset {
					continue
				}
				f.copied = true
				how := "without a subset"
				if m.Subset != "" {
					how = fmt.Sprintf("to subset %q", m.Subset)
				}
				f.warn("%s spec.http[%d] mirrors requests to %s %s: candidate Pods get copies whatever the weight, also at 0; give the mirror stable's subset",
					describe(kindVirtualService, o.Unstructured), i, m.Host, how)
			}
		}
	}
}

// mirrorsOf are where a route sends copies to, in both of Istio's spellings.
func mirrorsOf(route any) []destination {
	m, _ := route.(map[string]any)
	var raw []any
	if one, ok := m["mirror"]; ok {
		raw = append(raw, map[string]any{"destination": one})
	}
	several, _ := m["mirrors"].([]any)
	var out []destination
	for _, e := range readEntries(append(raw, several...)) {
		out = append(out, e.destination)
	}
	return out
}
