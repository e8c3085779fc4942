package istio

import "slices"

// undo is the edit that takes Headgate's weights and entries out again, and
// nothing else: what others added or changed around them stays. Where others
// changed the weights themselves it is a conflict, unless forced.
func (vs *virtualService) undo(spec map[string]any, from []stand, force bool) ([]op, error) {
	var ops []op
	found := vs.locateAll(spec)
	for _, l := range found {
		if !l.edited() {
			continue
		}
		if l.pos < 0 {
			if !force && vs.maybeThere(spec, l.route, found) {
				return nil, vs.lost(l.route)
			}
			continue
		}
		more, err := vs.undoRoute(l.look(l.pos, routesOf(spec, l.List)[l.pos]), from, force)
		if err != nil {
			return nil, err
		}
		ops = append(ops, more...)
	}
	return ops, nil
}

// maybeThere says whether a route that was not found could still be one of
// those that were not recognised: then it is not simply gone.
func (vs *virtualService) maybeThere(spec map[string]any, r *route, found []located) bool {
	for i, live := range routesOf(spec, r.List) {
		known := slices.ContainsFunc(found, func(l located) bool { return l.List == r.List && l.pos == i })
		if known {
			continue
		}
		m := markOf(live, vs.candidates())
		if m.sends == r.Sends || sendsTo(live, vs.candidates()) {
			return true
		}
	}
	return false
}

// sendsTo says whether a route sends to one of the destinations.
func sendsTo(live any, ds []destination) bool {
	return slices.ContainsFunc(readEntries(entriesOf(live)), func(e entry) bool { return slices.Contains(ds, e.destination) })
}

// undoRoute takes one route back, entry by entry.
func (vs *virtualService) undoRoute(v view, from []stand, force bool) ([]op, error) {
	if s, ok := v.stands(from); ok {
		from = []stand{s}
	} else {
		from = vs.Known
	}
	ops, err := vs.undoEntries(v, from, force)
	if err != nil {
		return nil, err
	}
	var gone []int
	for n, pos := range v.added {
		if pos < 0 {
			continue
		}
		if !force && !v.addedBy(from, n, pos) {
			return nil, vs.conflict(v.addedDiffers(v.at(vs.latest())))
		}
		gone = append(gone, pos)
	}
	slices.Sort(gone)
	for _, pos := range slices.Backward(gone) {
		ops = append(append(ops, v.stillThere(pos)...), remove(v.pointer(pos)))
	}
	return ops, nil
}

func (vs *virtualService) undoEntries(v view, from []stand, force bool) ([]op, error) {
	var ops []op
	for i, pos := range v.entries {
		if pos < 0 {
			continue
		}
		want, states := v.Entries[i].Weight, append([]stand{original}, from...)
		if !v.written(states, i) {
			continue
		}
		if !force && !v.weightBy(states, i, pos) {
			last := v.at(vs.latest()).Entries[i]
			return nil, vs.conflict(&difference{v.place(pos) + ".weight", spelled(last), spelled(v.now[pos].Weight)})
		}
		ops = append(ops, v.weigh(pos, want)...)
	}
	return ops, nil
}

// written says whether an entry's weight was ever Headgate's: one that it left
// as it was is the user's to change.
func (v view) written(states []stand, i int) bool {
	return slices.ContainsFunc(states, func(s stand) bool {
		return !sameWeight(v.at(s).Entries[i], v.Entries[i].Weight)
	})
}

// weightBy says whether an entry's weight is one that Headgate knows.
func (v view) weightBy(states []stand, i, pos int) bool {
	return slices.ContainsFunc(states, func(s stand) bool {
		return sameWeight(v.now[pos].Weight, v.at(s).Entries[i])
	})
}

// addedBy says whether an added entry's weight is one that Headgate wrote.
func (v view) addedBy(states []stand, n, pos int) bool {
	return slices.ContainsFunc(states, func(s stand) bool {
		if s == original {
			return false
		}
		return sameWeight(v.now[pos].Weight, &v.at(s).Added[n])
	})
}
