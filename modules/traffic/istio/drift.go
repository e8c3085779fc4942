package istio

import (
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Drift lists what others changed in the VirtualServices since they were
// found, at places that are not Headgate's.
func (s *Split) Drift(ctx context.Context) ([]traffic.Change, error) {
	var out []traffic.Change
	for _, vs := range s.state.VirtualServices {
		obj, err := s.get(ctx, vs.ref())
		if apierrors.IsNotFound(err) {
			out = append(out, traffic.Change{Object: vs.ref(), Path: "metadata.name", What: "deleted"})
			continue
		}
		if err != nil {
			return nil, explain("read "+vs.ref().String(), err)
		}
		out = append(out, vs.drift(spec(obj))...)
	}
	return out, nil
}

func (vs *virtualService) drift(spec map[string]any) []traffic.Change {
	var out []traffic.Change
	note := func(path, what string) {
		out = append(out, traffic.Change{Object: vs.ref(), Path: path, What: what})
	}
	now := fieldDigests(spec)
	for _, k := range slices.Sorted(maps.Keys(merged(now, vs.Fields))) {
		if what := changed(vs.Fields[k], now[k]); what != "" {
			note("spec."+k, what)
		}
	}
	known := map[string]bool{}
	for _, l := range vs.locateAll(spec) {
		if l.pos < 0 {
			note(l.path(), "removed")
			continue
		}
		live := routesOf(spec, l.List)[l.pos]
		known[fmt.Sprintf("%s/%d", l.List, l.pos)] = true
		if digest(l.asFound(l.pos, live)) != l.Whole {
			note(fmt.Sprintf("spec.%s[%d]", l.List, l.pos), "changed")
		}
		if l.pos != l.Index {
			note(fmt.Sprintf("spec.%s[%d]", l.List, l.pos), fmt.Sprintf("moved from place %d", l.Index))
		}
	}
	for _, list := range lists {
		for i := range routesOf(spec, list) {
			if !known[fmt.Sprintf("%s/%d", list, i)] {
				note(fmt.Sprintf("spec.%s[%d]", list, i), "added")
			}
		}
	}
	return out
}

func changed(was, now string) string {
	switch {
	case was == now:
		return ""
	case was == "":
		return "added"
	case now == "":
		return "removed"
	default:
		return "changed"
	}
}

// asFound is a live route with everything of Headgate's taken out: what is
// left and differs from the original is somebody else's.
func (r *route) asFound(pos int, live any) any {
	if !r.edited() {
		return live
	}
	v := r.look(pos, live)
	copied, _ := runtime.DeepCopyJSONValue(live).(map[string]any)
	entries, states := entriesOf(copied), r.any()
	for i, p := range v.entries {
		if p < 0 || !v.weightBy(states, i, p) {
			continue
		}
		e, _ := entries[p].(map[string]any)
		delete(e, "weight")
		if w := r.Entries[i].Weight; w != nil {
			e["weight"] = *w
		}
	}
	gone := slices.Sorted(slices.Values(v.added))
	for _, p := range slices.Backward(gone) {
		if p >= 0 {
			entries = slices.Delete(entries, p, p+1)
		}
	}
	copied["route"] = entries
	return copied
}
