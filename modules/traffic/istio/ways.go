package istio

import "github.com/headgate-ci/headgate/modules/traffic"

// Ways are how requests reach the versions by the routes found. Where routes use
// several subsets for stable, those of the first one are named.
func (s *Split) Ways() traffic.Ways {
	n := s.state.Names
	w := traffic.Ways{Stable: traffic.Way{Host: n.fqdn()}, Candidate: traffic.Way{Host: n.fqdn()}}
	vs, r := s.firstEdited()
	if r == nil {
		return w
	}
	w.Stable.Subset = r.Entries[r.Shares[0].Stable].Subset
	for _, sh := range r.Shares {
		if sh.Stable != r.Shares[0].Stable {
			continue
		}
		way := traffic.Way{Host: n.fqdn(), Subset: sh.To.Subset}
		if own := n.of(sh.role()); own.mean(sh.To.Host, vs.Namespace) {
			way.Host = own.fqdn()
		}
		if sh.role() == traffic.RoleBaseline {
			w.Baseline = way
		} else {
			w.Candidate = way
		}
	}
	return w
}

// firstEdited is the first route that is Headgate's to edit, with the object
// it stands in; nil when there is none.
func (s *Split) firstEdited() (*virtualService, *route) {
	for _, vs := range s.state.VirtualServices {
		for _, r := range vs.Routes {
			if r.edited() {
				return vs, r
			}
		}
	}
	return nil, nil
}
