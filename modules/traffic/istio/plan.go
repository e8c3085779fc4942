package istio

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// sighting is a weighted entry that sends to the Service.
type sighting struct {
	object     *routeObject
	list       string
	index, pos int
	entry      entry
	weight     int64 // effective
}

func (s sighting) place() string {
	return fmt.Sprintf("%s spec.%s[%d]", describe(kindVirtualService, s.object.Unstructured), s.list, s.index)
}

// sightings are all entries that send to the Service, in the wanted routes.
func (f *finder) sightings() []sighting {
	var out []sighting
	for _, o := range f.routes {
		for _, list := range lists {
			for i, r := range routesOf(spec(o.Unstructured), list) {
				if o.wants(list, nameOf(r)) {
					out = append(out, f.seen(o, list, i, r)...)
				}
			}
		}
	}
	return out
}

func (f *finder) seen(o *routeObject, list string, index int, r any) []sighting {
	var out []sighting
	entries := readEntries(entriesOf(r))
	weights := effective(entries)
	for pos, e := range entries {
		if !f.names.mean(e.Host, o.GetNamespace()) {
			continue
		}
		s := sighting{object: o, list: list, index: index, pos: pos, entry: e, weight: weights[pos]}
		if f.names.incomplete(e.Host) {
			f.warn("%s sends to host %q, which Istio does not complete: write %q or %q", s.place(), e.Host, f.names.Service, f.names.fqdn())
		}
		out = append(out, s)
	}
	return out
}

// plan decides by what the candidate is told apart and records the routes.
func (f *finder) plan(ctx context.Context) (*state, error) {
	seen := f.sightings()
	if len(seen) == 0 {
		return nil, f.noRoutes(ctx)
	}
	st := &state{API: f.version, Names: f.names}
	if f.target.Baseline {
		st.Baseline = &companion{}
	}
	stable, err := f.stable(seen)
	if err != nil {
		return nil, err
	}
	if err := f.checkSpread(stable); err != nil {
		return nil, err
	}
	f.warnOrphans(stable)
	if stable[0].entry.Subset != "" {
		err = f.planSubsets(st, stable)
	} else {
		err = f.planService(ctx, st)
	}
	if err != nil {
		return nil, err
	}
	if err := f.record(st, stable); err != nil {
		return nil, err
	}
	st.Mirrored = f.copied
	st.Bypasses = f.bypasses(st, stable)
	st.Version, st.Warnings = st.current(), f.warnings
	return st, nil
}

func (f *finder) noRoutes(ctx context.Context) error {
	where := "no VirtualService"
	if len(f.target.Routes) > 0 {
		where = "none of the routes in spec.routes"
	}
	return fmt.Errorf("%s sends to Service %s/%s: add a VirtualService with a route to host %q (k8s/istio has one to copy)%s",
		where, f.target.Namespace, f.target.Service, f.names.fqdn(), f.otherWays(ctx))
}

// stable are the entries that send to stable's Pods and get traffic: all by
// subset or none, since a route without subsets would reach the candidate too.
func (f *finder) stable(seen []sighting) ([]sighting, error) {
	isStable, err := f.stableSubsets(seen)
	if err != nil {
		return nil, err
	}
	var out, idle []sighting
	for _, s := range seen {
		switch {
		case !isStable(s.entry.Subset):
		case s.weight == 0:
			idle = append(idle, s)
		default:
			out = append(out, s)
		}
	}
	if len(out) == 0 && len(idle) > 0 {
		return nil, fmt.Errorf("%s gives stable weight 0, and no other route sends to it: nothing can be shared; give stable a weight", idle[0].place())
	}
	if len(out) == 0 {
		return nil, f.noStableSubset(seen)
	}
	for _, s := range out {
		if (s.entry.Subset == "") != (out[0].entry.Subset == "") {
			return nil, mixed(out[0], s)
		}
	}
	return out, nil
}

func mixed(a, b sighting) error {
	if a.entry.Subset == "" {
		a, b = b, a
	}
	return fmt.Errorf("%s sends to %s without a subset, while %s sends to subset %q: candidate Pods cannot be kept out of the first; give it that subset too, or neither",
		b.place(), b.entry.Host, a.place(), a.entry.Subset)
}

// stableSubsets tells stable's subsets by the labels of stable's Pods. The
// empty subset is the Service itself.
func (f *finder) stableSubsets(seen []sighting) (func(string) bool, error) {
	stable := map[string]bool{"": true}
	var other []string
	for _, s := range seen {
		name := s.entry.Subset
		if name == "" || f.reserved(name) || slices.Contains(other, name) {
			continue
		}
		other = append(other, name)
		stable[name] = f.selectsStable(name)
	}
	if f.target.StableLabels == nil && len(other) > 1 {
		return nil, fmt.Errorf("the routes to %s use the subsets %s: the labels of stable's Pods are needed to tell which is stable's", f.target.Service, strings.Join(other, ", "))
	}
	return func(name string) bool { return stable[name] }, nil
}

// reserved says that a subset's name is another version's than stable.
func (f *finder) reserved(name string) bool {
	return name == f.target.Subset || f.target.Baseline && name == traffic.BaselineSubset
}

// subsetOf is the name of a role's subset.
func (f *finder) subsetOf(role string) string {
	if role == traffic.RoleBaseline {
		return traffic.BaselineSubset
	}
	return f.target.Subset
}

// selectsStable says whether a subset's labels fit stable's Pods. One that no
// rule defines fits nothing.
func (f *finder) selectsStable(name string) bool {
	if f.target.StableLabels == nil {
		return len(f.subsetRules(name)) > 0
	}
	return f.selects(name, f.target.StableLabels)
}

// selects says whether a subset's labels fit Pods with these.
func (f *finder) selects(name string, pod map[string]string) bool {
	return slices.ContainsFunc(f.subsetRules(name), func(r *rule) bool {
		s, _ := r.subset(name)
		return matches(stringMap(s["labels"]), pod)
	})
}

func (f *finder) noStableSubset(seen []sighting) error {
	for _, s := range seen {
		if name := s.entry.Subset; name != "" && !f.reserved(name) && len(f.subsetRules(name)) == 0 {
			if err := f.hiddenSubset(name, s); err != nil {
				return err
			}
			return fmt.Errorf("%s sends to subset %q, which no DestinationRule for host %q defines: add the subset with the labels of stable's Pods", s.place(), name, f.names.fqdn())
		}
	}
	if f.target.StableLabels != nil && f.selectsStable(f.target.Subset) {
		return fmt.Errorf("subset %q selects stable's Pods, so it cannot be the candidate's: name another one (spec.candidate.subset)", f.target.Subset)
	}
	if f.target.StableLabels != nil && f.reserved(traffic.BaselineSubset) && f.selectsStable(traffic.BaselineSubset) {
		return fmt.Errorf("subset %q selects stable's Pods, and a baseline needs that name: rename the subset, or roll out without a baseline", traffic.BaselineSubset)
	}
	var used []string
	for _, s := range seen {
		if !slices.Contains(used, s.entry.Subset) {
			used = append(used, s.entry.Subset)
		}
	}
	return fmt.Errorf("the routes to Service %s/%s send to subsets %q, and none of them selects stable's Pods (labels %v): correct the subset's labels in the DestinationRule",
		f.target.Namespace, f.target.Service, used, f.target.StableLabels)
}
