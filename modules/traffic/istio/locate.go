package istio

import "slices"

// located is a recorded route and where it is now; pos is -1 where it was not
// found.
type located struct {
	*route
	pos int
}

// mark is what a route is recognised by. The passes below use less and less of
// it.
type mark struct{ name, match, sends string }

// passes: a route that somebody moved, renamed or gave another match is still
// the same one, as long as what is left tells it apart. Each pass says which
// marks it can judge by, and what of them.
var passes = []func(mark) (mark, bool){
	func(m mark) (mark, bool) { return m, true },
	func(m mark) (mark, bool) { return mark{name: m.name, sends: m.sends}, m.name != "" },
	func(m mark) (mark, bool) { return mark{match: m.match, sends: m.sends}, true },
	func(m mark) (mark, bool) { return mark{name: m.name, match: m.match}, m.name != "" },
	func(m mark) (mark, bool) { return mark{name: m.name}, m.name != "" },
	func(m mark) (mark, bool) { return mark{sends: m.sends}, m.sends != "" },
	func(m mark) (mark, bool) { return mark{match: m.match}, m.match != "" },
}

// locate finds the recorded routes of one list in the list as it stands. Where
// a mark is shared by several routes they are taken in order, and only when
// none came or went: a guess could edit the wrong one.
func locate(recorded []*route, live []any, candidates []destination) []located {
	out := make([]located, len(recorded))
	was, now := make([]mark, len(recorded)), make([]mark, len(live))
	for i, r := range recorded {
		out[i], was[i] = located{r, -1}, mark{r.Name, r.Match, r.Sends}
	}
	for i, l := range live {
		now[i] = markOf(l, candidates)
	}
	taken := make([]bool, len(live))
	for _, pass := range passes {
		left := gather(was, pass, func(i int) bool { return out[i].pos < 0 })
		free := gather(now, pass, func(i int) bool { return !taken[i] })
		for key, indices := range left {
			if len(free[key]) != len(indices) {
				continue
			}
			for n, i := range indices {
				out[i].pos = free[key][n]
				taken[free[key][n]] = true
			}
		}
	}
	return out
}

// gather collects the indices of the marks that are still open, by what a pass
// uses of them.
func gather(marks []mark, pass func(mark) (mark, bool), open func(int) bool) map[mark][]int {
	out := map[mark][]int{}
	for i, m := range marks {
		if !open(i) {
			continue
		}
		if key, ok := pass(m); ok {
			out[key] = append(out[key], i)
		}
	}
	return out
}

func markOf(route any, candidates []destination) mark {
	m, _ := route.(map[string]any)
	return mark{nameOf(route), digest(m["match"]), sends(entriesOf(route), candidates)}
}

// locateAll locates the routes of every list.
func (vs *virtualService) locateAll(spec map[string]any) []located {
	var out []located
	for _, list := range lists {
		var recorded []*route
		for _, r := range vs.Routes {
			if r.List == list {
				recorded = append(recorded, r)
			}
		}
		out = append(out, locate(recorded, routesOf(spec, list), vs.candidates())...)
	}
	return out
}

// candidates are all places that the candidate, and the baseline, are reached at
// by these routes.
func (vs *virtualService) candidates() []destination {
	var out []destination
	for _, r := range vs.Routes {
		for _, s := range r.Shares {
			if !slices.Contains(out, s.To) {
				out = append(out, s.To)
			}
		}
	}
	return out
}
