package istio

import "github.com/headgate-ci/headgate/modules/traffic"

// Ways are how requests reach stable and candidate by the routes found. Where
// routes use several subsets for stable, those of the first one are named.
func (s *Split) Ways() traffic.Ways {
	n := s.state.Names
	w := traffic.Ways{Stable: traffic.Way{Host: n.fqdn()}, Candidate: traffic.Way{Host: n.fqdn()}}
	vs, r := s.firstEdited()
	if r == nil {
		return w
	}
	share := r.Shares[0]
	w.Stable.Subset = r.Entries[share.Stable].Subset
	w.Candidate.Subset = share.Candidate.Subset
	if n.meanCanary(share.Candidate.Host, vs.Namespace) {
		n.Service = n.canaryService()
		w.Candidate.Host = n.fqdn()
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
