package istio

import (
	"slices"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Ways are how requests reach the versions by the routes found, the first route's
// first.
func (s *Split) Ways() traffic.Ways {
	w := traffic.Ways{Bypasses: s.state.Bypasses}
	for _, vs := range s.state.VirtualServices {
		for _, r := range vs.Routes {
			for _, sh := range r.Shares {
				s.state.addWay(&w.Stable, vs, r.Entries[sh.Stable].destination)
				if sh.role() == traffic.RoleBaseline {
					s.state.addWay(&w.Baseline, vs, sh.To)
				} else {
					s.state.addWay(&w.Candidate, vs, sh.To)
				}
			}
		}
	}
	return w
}

// addWay puts a destination of a VirtualService's among a version's ways.
func (st *state) addWay(ways *[]traffic.Way, vs *virtualService, d destination) {
	way := traffic.Way{Host: st.Names.fqdn(), Subset: d.Subset}
	for _, role := range st.roles() {
		if own := st.Names.of(role); own.mean(d.Host, vs.Namespace) {
			way.Host = own.fqdn()
		}
	}
	if !slices.Contains(*ways, way) {
		*ways = append(*ways, way)
	}
}

// Carries counts the edited routes by their list.
func (s *Split) Carries() (c traffic.Carries) {
	for _, vs := range s.state.VirtualServices {
		for _, r := range vs.Routes {
			switch {
			case !r.edited():
			case r.List == listHTTP:
				c.Requests++
			default:
				c.Connections++
			}
		}
	}
	return c
}
