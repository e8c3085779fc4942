package istio

import (
	"context"
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
			out = append(out, &rule{&items[i], host, exact})
		}
		for _, role := range []string{traffic.RoleCandidate, traffic.RoleBaseline} {
			if f.names.of(role).mean(host, items[i].GetNamespace()) {
				f.twinRules[role] = append(f.twinRules[role], &items[i])
			}
		}
	}
	return out, nil
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
	for _, r := range f.rules {
		if _, ok := r.subset(name); !ok {
			continue
		}
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
