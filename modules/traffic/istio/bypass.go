package istio

import (
	"fmt"
	"slices"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// past calls fn for every entry with traffic of the routes that are not edited.
func (f *finder) past(stable []sighting, fn func(s sighting, name string)) {
	for _, o := range f.visible() {
		for _, list := range lists {
			for i, r := range routesOf(spec(o.Unstructured), list) {
				edited := func(s sighting) bool { return s.object == o && s.list == list && s.index == i }
				if slices.ContainsFunc(stable, edited) {
					continue
				}
				entries := readEntries(entriesOf(r))
				for pos, weight := range effective(entries) {
					if weight > 0 {
						fn(sighting{object: o, list: list, index: i, pos: pos, entry: entries[pos], weight: weight}, nameOf(r))
					}
				}
			}
		}
	}
}

// visible are all VirtualServices that can be seen, those named by the Target
// included.
func (f *finder) visible() []*routeObject {
	return slices.Concat(f.around, slices.DeleteFunc(slices.Clone(f.routes), func(o *routeObject) bool { return slices.Contains(f.around, o) }))
}

// spoken says that a route which is not edited names a subset of the Service's.
func (f *finder) spoken(stable []sighting, subset string) (found bool) {
	f.past(stable, func(s sighting, _ string) {
		found = found || s.entry.Subset == subset && f.names.mean(s.entry.Host, s.object.GetNamespace())
	})
	return found
}

// bypasses are the routes that reach stable or the candidate and are not edited.
func (f *finder) bypasses(st *state, stable []sighting) (out []traffic.Bypass) {
	subsets := stable[0].entry.Subset != ""
	pod := apply(merged(selectorOf(f.service), f.target.StableLabels), st.Labels)
	f.past(stable, func(s sighting, name string) {
		host, subset := s.entry.Host, s.entry.Subset
		b := traffic.Bypass{Way: traffic.Way{Host: f.names.fqdn(), Subset: subset}, Route: s.named(name)}
		switch own := f.names.of(traffic.RoleCandidate); {
		case f.names.mean(host, s.object.GetNamespace()):
			b.Stable = subset == "" || f.selectsStable(subset)
			b.Candidate = subsets && (subset == "" || subset == f.target.Subset || f.selects(subset, pod))
		case own.mean(host, s.object.GetNamespace()):
			b.Host, b.Candidate = own.fqdn(), true
		}
		if (b.Stable || b.Candidate) && !slices.Contains(out, b) {
			out = append(out, b)
		}
	})
	return out
}

// named is the route's place with its name, if it has one.
func (s sighting) named(name string) string {
	if name == "" {
		return s.place()
	}
	return fmt.Sprintf("%s (%s)", s.place(), name)
}
