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
		vs, err := f.recordObject(o, here)
		if err != nil {
			return err
		}
		st.VirtualServices = append(st.VirtualServices, vs)
	}
	return nil
}

func (f *finder) recordObject(o *routeObject, stable []sighting) (*virtualService, error) {
	vs := &virtualService{
		Namespace: o.GetNamespace(), Name: o.GetName(), Known: []stand{original},
		Fields: fieldDigests(spec(o.Unstructured)), Owners: ownersOf(o.Unstructured, "f:http", "f:tcp", "f:tls"),
	}
	for _, list := range lists {
		for i, raw := range routesOf(spec(o.Unstructured), list) {
			r := &route{List: list, Index: i, Name: nameOf(raw), Whole: digest(raw)}
			if err := f.share(r, raw, stable); err != nil {
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

// share fills in a route's entries and whose weight the candidate shares, if
// any.
func (f *finder) share(r *route, raw any, stable []sighting) error {
	for _, s := range stable {
		if s.list != r.List || s.index != r.Index {
			continue
		}
		if i := unreadable(entriesOf(raw)); i >= 0 {
			return fmt.Errorf("%s.route[%d]: Istio cannot read it (it wants a destination.host and a whole number as weight): correct it", s.place(), i)
		}
		r.Entries = readEntries(entriesOf(raw))
		sh := share{Stable: s.pos, Candidate: f.candidate(s.entry.destination)}
		if into := slices.IndexFunc(r.Entries, func(e entry) bool { return e.destination == sh.Candidate }); into >= 0 {
			if w := r.Entries[into].Weight; w != nil && *w != 0 {
				return fmt.Errorf("%s: %s already gets weight %d: set it to 0 before the rollout, or name another subset (spec.candidate.subset)", s.place(), sh.Candidate, *w)
			}
			sh.Into = &into
		}
		r.Shares = append(r.Shares, sh)
	}
	if !r.edited() {
		return nil
	}
	return f.fits(r, stable[0].object)
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

// candidate is where the candidate is reached, seen from stable's destination.
func (f *finder) candidate(d destination) destination {
	if d.Subset != "" {
		d.Subset = f.target.Subset
		return d
	}
	d.Host = f.names.canary(d.Host)
	return d
}

// ref of a Service of the Target's namespace.
func (n names) ref(name string) traffic.ObjectRef {
	return traffic.ObjectRef{Resource: resourceServices, Kind: kindService, Namespace: n.Namespace, Name: name}
}
