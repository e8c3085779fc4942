package istio

import (
	"fmt"
	"slices"
)

// ownSuffix ends the name of a version's subset where the user's own routes use
// the name that it would have otherwise.
const ownSuffix = "-headgate"

// longestName is the length of a DNS label, which a subset's name is.
const longestName = 63

// twinSubsets name a version's subsets by stable's: one for each of the traffic
// policies that stable's subsets have, so that every route keeps its own. One
// that routes of the user's own speak of stays theirs: the requests that follow
// the weight are then told apart from theirs by the subset.
func (f *finder) twinSubsets(role string, used []string, spoken bool) map[string]string {
	base, groups := f.subsetOf(role), f.byPolicy(used)
	if spoken {
		base += ownSuffix
	} else if i := slices.IndexFunc(groups, func(g []string) bool { return f.likewise(g, base) }); i > 0 {
		groups[0], groups[i] = groups[i], groups[0]
	}
	out := map[string]string{}
	for i, group := range groups {
		name := base
		if i > 0 {
			name += "-" + group[0]
		}
		if len(name) > longestName {
			name = fmt.Sprintf("%s-%d", base[:min(len(base), longestName-4)], i)
		}
		for _, stable := range group {
			out[stable] = name
		}
	}
	return out
}

// byPolicy groups stable's subsets by their traffic policies.
func (f *finder) byPolicy(used []string) (groups [][]string) {
	for _, name := range used {
		i := slices.IndexFunc(groups, func(g []string) bool { return f.likewise(g, name) })
		if i < 0 {
			groups = append(groups, []string{name})
			continue
		}
		groups[i] = append(groups[i], name)
	}
	return groups
}

// likewise says that no rule gives a subset another traffic policy than one of a
// group.
func (f *finder) likewise(group []string, name string) bool {
	for _, r := range f.subsetRules(name) {
		s, _ := r.subset(name)
		for _, other := range group {
			o, ok := r.subset(other)
			if ok && digest(o["trafficPolicy"]) != digest(s["trafficPolicy"]) {
				return false
			}
		}
	}
	return true
}
