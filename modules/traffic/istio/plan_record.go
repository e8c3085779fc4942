package istio

import (
	"fmt"
	"slices"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// record keeps of every VirtualService what is needed to edit it and to put it
// back.
func (f *finder) record(st *state, stable []sighting) error {
	for _, o := range f.routes {
		var here []sighting
		for _, s := range stable {
			if s.object == o {
				here = append(here, s)
			}
		}
		if len(here) == 0 {
			continue
		}
		vs, err := f.recordObject(o, here, st.roles())
		if err != nil {
			return err
		}
		st.VirtualServices = append(st.VirtualServices, vs)
	}
	return nil
}

func (f *finder) recordObject(o *routeObject, stable []sighting, roles []string) (*virtualService, error) {
	f.warnKept(kindVirtualService, o.Unstructured)
	vs := &virtualService{
		Namespace: o.GetNamespace(), Name: o.GetName(), Known: []stand{original},
		Fields: fieldDigests(spec(o.Unstructured)), Owners: ownersOf(o.Unstructured, "f:http", "f:tcp", "f:tls"),
	}
	for _, list := range lists {
		for i, raw := range routesOf(spec(o.Unstructured), list) {
			r := &route{List: list, Index: i, Name: nameOf(raw), Whole: digest(raw)}
			if err := f.share(r, raw, stable, roles); err != nil {
				return nil, err
			}
			vs.Routes = append(vs.Routes, r)
		}
	}
	for _, r := range vs.Routes {
		m := markOf(routesOf(spec(o.Unstructured), r.List)[r.Index], vs.candidates())
		r.Match, r.Sends = m.match, m.sends
	}
	vs.Naming = len(naming(spec(o.Unstructured), vs.candidates()))
	return vs, nil
}

// share fills in a route's entries and whose weight the other versions share, if
// any.
func (f *finder) share(r *route, raw any, stable []sighting, roles []string) error {
	for _, s := range stable {
		if s.list != r.List || s.index != r.Index {
			continue
		}
		if i := unreadable(entriesOf(raw)); i >= 0 {
			return fmt.Errorf("%s.route[%d]: Istio cannot read it (it wants a destination.host and a whole number as weight): correct it", s.place(), i)
		}
		f.warnFault(s, raw)
		r.Entries = readEntries(entriesOf(raw))
		for _, role := range roles {
			sh, err := f.shareOf(role, s, r.Entries)
			if err != nil {
				return err
			}
			r.Shares = append(r.Shares, sh)
		}
	}
	if !r.edited() {
		return nil
	}
	return f.fits(r, stable[0].object)
}

// shareOf is a version's share of one of stable's entries.
func (f *finder) shareOf(role string, s sighting, entries []entry) (share, error) {
	sh := share{Stable: s.pos, To: f.twin(role, s.entry.destination)}
	if role != traffic.RoleCandidate {
		sh.Of = role
	}
	into := slices.IndexFunc(entries, func(e entry) bool { return e.destination == sh.To })
	for _, d := range []destination{sh.To, f.spelt(role, s.entry.destination)} {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.destination == d })
		if i >= 0 && entries[i].Weight != nil && *entries[i].Weight != 0 {
			return sh, fmt.Errorf("%s: %s already gets weight %d: set it to 0 before the rollout, or name another subset (spec.candidate.subset)", s.place(), d, *entries[i].Weight)
		}
	}
	if into >= 0 {
		sh.Into = &into
	}
	return sh, nil
}

// spelt is where a person would say that a version is reached.
func (f *finder) spelt(role string, d destination) destination {
	if d.Subset == "" {
		return f.twin(role, d)
	}
	d.Subset = f.subsetOf(role)
	return d
}

// fits checks that the route's weights can be shared, and says where their sum
// will not stay as it is.
func (f *finder) fits(r *route, o *routeObject) error {
	weights := effective(r.Entries)
	if tooLarge(weights) {
		return fmt.Errorf("%s %s: the weights are too large to be shared in percent: make them smaller, only their proportion counts", describe(kindVirtualService, o.Unstructured), r.path())
	}
	for _, s := range r.Shares {
		if weights[s.Stable]%100 != 0 {
			f.warn("%s %s: stable's weight %d has no whole percentages: where needed all weights of this route are multiplied by the same number, and their sum grows with them",
				describe(kindVirtualService, o.Unstructured), r.path(), weights[s.Stable])
		}
	}
	return nil
}

// twin is where a version is reached, seen from stable's destination.
func (f *finder) twin(role string, d destination) destination {
	if d.Subset != "" {
		d.Subset = f.twins[role][d.Subset]
		return d
	}
	d.Host = f.names.twin(role, d.Host)
	return d
}

// ref of the Service.
func (n names) ref() traffic.ObjectRef {
	return traffic.ObjectRef{Resource: resourceServices, Kind: kindService, Namespace: n.Namespace, Name: n.Service}
}
