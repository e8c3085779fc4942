package istio

import (
	"fmt"
	"slices"
)

// view is a recorded route beside what stands in the object now. Positions are
// indices into raw; -1 where something is missing.
type view struct {
	*route
	pos int
	raw []any
	now []entry
	// entries go with the recorded ones, added with the Shares whose entry
	// Headgate adds.
	entries, added []int
	// strangers are positions of entries that are neither.
	strangers []int
	// changed are recorded entries that somebody gave another destination.
	changed []int
}

// look pairs a recorded route's entries with those that stand in the live one.
func (r *route) look(pos int, live any) view {
	v := view{route: r, pos: pos, raw: entriesOf(live)}
	v.now = readEntries(v.raw)
	free := make([]bool, len(v.now))
	for i := range free {
		free[i] = true
	}
	claim := func(d destination) int {
		for i, e := range v.now {
			if free[i] && e.destination == d {
				free[i] = false
				return i
			}
		}
		return -1
	}
	for _, e := range r.Entries {
		v.entries = append(v.entries, claim(e.destination))
	}
	for _, s := range r.Shares {
		if s.Into == nil {
			v.added = append(v.added, claim(s.To))
		}
	}
	v.adopt(free)
	return v
}

// adopt takes an entry of another destination at a recorded one's place for
// that one, changed; what is still free then is a stranger.
func (v *view) adopt(free []bool) {
	for i, pos := range v.entries {
		if pos < 0 && i < len(free) && free[i] {
			v.entries[i], free[i] = i, false
			v.changed = append(v.changed, i)
		}
	}
	for i, f := range free {
		if f {
			v.strangers = append(v.strangers, i)
		}
	}
}

// difference is where a route is not as it should be.
type difference struct{ path, want, got string }

// differs says where the route is not of a shape; nil when it is.
func (v view) differs(s shape) *difference {
	if len(v.changed) > 0 {
		i := v.changed[0]
		return &difference{v.place(v.entries[i]) + ".destination", v.Entries[i].String(), v.now[v.entries[i]].String()}
	}
	for i, pos := range v.entries {
		if pos < 0 {
			return &difference{v.path() + ".route", "a destination " + v.Entries[i].String(), "none"}
		}
		if !sameWeight(v.now[pos].Weight, s.Entries[i]) {
			return &difference{v.place(pos) + ".weight", spelled(s.Entries[i]), spelled(v.now[pos].Weight)}
		}
	}
	if d := v.addedDiffers(s); d != nil {
		return d
	}
	if len(v.strangers) > 0 {
		return &difference{v.place(v.strangers[0]), "no further destination", v.now[v.strangers[0]].String()}
	}
	return nil
}

func (v view) addedDiffers(s shape) *difference {
	for i, pos := range v.added {
		switch {
		case pos < 0 && s.Added == nil:
		case pos < 0:
			return &difference{v.path() + ".route", fmt.Sprintf("the %s's destination with weight %d", v.joined()[i].role(), s.Added[i]), "none"}
		case s.Added == nil:
			return &difference{v.place(pos), "no further destination", v.now[pos].String()}
		case !sameWeight(v.now[pos].Weight, &s.Added[i]):
			return &difference{v.place(pos) + ".weight", spelled(&s.Added[i]), spelled(v.now[pos].Weight)}
		}
	}
	return nil
}

// joined are the Shares whose entry Headgate adds.
func (r *route) joined() []share {
	return slices.DeleteFunc(slices.Clone(r.Shares), func(s share) bool { return s.Into != nil })
}

// stands is the first of some states that the route is in.
func (v view) stands(states []stand) (stand, bool) {
	i := slices.IndexFunc(states, func(s stand) bool { return v.differs(v.at(s)) == nil })
	if i < 0 {
		return original, false
	}
	return states[i], true
}

// path is where the route is now, as a person reads it.
func (v view) path() string { return fmt.Sprintf("spec.%s[%d]", v.List, v.pos) }

func (v view) place(pos int) string { return fmt.Sprintf("%s.route[%d]", v.path(), pos) }

// pointer is an entry's place as JSON Patch writes it.
func (v view) pointer(pos int) string {
	return fmt.Sprintf("/spec/%s/%d/route/%d", v.List, v.pos, pos)
}

// String names a destination, such as "sample/v1" or "sample:8080".
func (d destination) String() string {
	s := d.Host
	if d.Subset != "" {
		s += "/" + d.Subset
	}
	if d.Port != 0 {
		s += fmt.Sprintf(":%d", d.Port)
	}
	return s
}

func spelled(w *int64) string {
	if w == nil {
		return "no weight"
	}
	return fmt.Sprint(*w)
}
