package istio

import (
	"context"
	"fmt"
	"math"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// rule is a DestinationRule that speaks about the Service.
type rule struct {
	*unstructured.Unstructured
	host string
	// exact: for this Service and not by a wildcard.
	exact bool
	// rank is higher for the host that Istio prefers.
	rank int
}

// subset is one of a rule's subsets as it stands.
func (r *rule) subset(name string) (map[string]any, bool) {
	return subsetIn(spec(r.Unstructured), name)
}

func subsetIn(spec map[string]any, name string) (map[string]any, bool) {
	i := subsetIndex(spec, name)
	if i < 0 {
		return nil, false
	}
	return subsetsOf(spec)[i].(map[string]any), true
}

func subsetIndex(spec map[string]any, name string) int {
	return slices.IndexFunc(subsetsOf(spec), func(s any) bool {
		m, _ := s.(map[string]any)
		return m["name"] == name
	})
}

func subsetsOf(spec map[string]any) []any {
	s, _ := spec["subsets"].([]any)
	return s
}

// readRules reads the DestinationRules for the Service. A client's own
// namespace goes before the Service's, so rules count wherever they are.
func (f *finder) readRules(ctx context.Context) ([]*rule, error) {
	own := []string{f.target.Namespace}
	for _, o := range f.routes {
		if !slices.Contains(own, o.GetNamespace()) && f.concerns(o) {
			own = append(own, o.GetNamespace())
		}
	}
	items, err := f.everywhere(ctx, resourceDestinationRules, own)
	if err != nil {
		return nil, err
	}
	f.twinRules = map[string][]*unstructured.Unstructured{}
	var out []*rule
	for i := range items {
		host, _ := spec(&items[i])["host"].(string)
		exact := f.names.mean(host, items[i].GetNamespace())
		if exact || f.names.covers(host) {
			out = append(out, &rule{&items[i], host, exact, f.rank(host, exact)})
		}
		for _, role := range []string{traffic.RoleCandidate, traffic.RoleBaseline} {
			if f.names.of(role).mean(host, items[i].GetNamespace()) {
				f.twinRules[role] = append(f.twinRules[role], &items[i])
			}
		}
	}
	out, f.hidden = taken(out)
	return out, nil
}

// taken are the rules that Istio takes for the Service, and those that they hide:
// in a namespace it looks at the rules of the most exact host only, whatever the
// others define.
func taken(all []*rule) (taken, hidden []*rule) {
	best := map[string]int{}
	for _, r := range all {
		if !r.selective() {
			best[r.GetNamespace()] = max(best[r.GetNamespace()], r.rank)
		}
	}
	for _, r := range all {
		if !r.selective() && r.rank < best[r.GetNamespace()] {
			hidden = append(hidden, r)
		} else {
			taken = append(taken, r)
		}
	}
	return taken, hidden
}

// selective says that a rule is for some callers only: the others have another.
func (r *rule) selective() bool {
	_, selects := spec(r.Unstructured)["workloadSelector"]
	return selects
}

// rank of a host: the whole name before the longer wildcard before the shorter, and
// last a name that Istio does not take for the Service's.
func (f *finder) rank(host string, exact bool) int {
	switch {
	case exact && f.names.incomplete(host):
		return 0
	case exact:
		return math.MaxInt
	default:
		return len(host)
	}
}

// concerns says whether any route of a VirtualService sends to the Service.
func (f *finder) concerns(o *routeObject) bool {
	for _, list := range lists {
		for _, r := range routesOf(spec(o.Unstructured), list) {
			for _, e := range readEntries(entriesOf(r)) {
				if f.names.mean(e.Host, o.GetNamespace()) {
					return true
				}
			}
		}
	}
	return false
}

// subsetRules are the rules that define a subset: those for the Service itself
// if there are any, wildcards otherwise.
func (f *finder) subsetRules(name string) []*rule {
	var exact, wild []*rule
	for _, r := range defining(f.rules, name) {
		if r.exact {
			exact = append(exact, r)
		} else {
			wild = append(wild, r)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return wild
}

func defining(rules []*rule, subset string) (out []*rule) {
	for _, r := range rules {
		if _, ok := r.subset(subset); ok {
			out = append(out, r)
		}
	}
	return out
}

// hides is the rule that has Istio overlook another; nil when none does.
func (f *finder) hides(hidden *rule) *rule {
	for _, r := range f.rules {
		if r.GetNamespace() == hidden.GetNamespace() && !r.selective() {
			return r
		}
	}
	return nil
}

// hiddenSubset explains that a subset is there and Istio does not see it; nil when
// it is not.
func (f *finder) hiddenSubset(name string, at sighting) error {
	for _, r := range defining(f.hidden, name) {
		by := f.hides(r)
		return fmt.Errorf("%s sends to subset %q of %s (host %q), but %s is for host %q: Istio takes the rule of the more exact host and no other, so requests find no such subset; add the subset to %s",
			at.place(), name, describe(kindDestinationRule, r.Unstructured), r.host, describe(kindDestinationRule, by.Unstructured), by.host, by.GetName())
	}
	return nil
}
