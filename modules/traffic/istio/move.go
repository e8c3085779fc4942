package istio

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// move is the edit that brings a VirtualService to new weights. It is strict:
// every route must be as Headgate knows it, or nothing is edited. No
// operations mean that nothing is to be done.
func (vs *virtualService) move(spec map[string]any, goal stand, from []stand) ([]op, error) {
	var ops []op
	for _, l := range vs.locateAll(spec) {
		if !l.edited() {
			continue
		}
		if l.pos < 0 {
			return nil, vs.lost(l.route)
		}
		v := l.look(l.pos, routesOf(spec, l.List)[l.pos])
		if v.differs(v.at(goal)) == nil {
			continue
		}
		if _, ok := v.stands(from); !ok {
			return nil, vs.conflict(v.differs(v.at(vs.latest())))
		}
		ops = append(ops, v.moveTo(v.at(goal))...)
	}
	return ops, nil
}

// moveTo edits one route's weights, and adds the versions' entries where they
// are missing.
func (v view) moveTo(goal shape) []op {
	var ops []op
	for i, pos := range v.entries {
		ops = append(ops, v.weigh(pos, goal.Entries[i])...)
	}
	n := 0
	for _, s := range v.Shares {
		if s.Into != nil {
			continue
		}
		if pos := v.added[n]; pos >= 0 {
			ops = append(ops, v.weigh(pos, &goal.Added[n])...)
		} else {
			ops = append(ops, v.join(s, goal.Added[n])...)
		}
		n++
	}
	return ops
}

// join adds a version's entry at the end: stable's with everything in it
// (port, headers), sent elsewhere.
func (v view) join(s share, weight int64) []op {
	pos := v.entries[s.Stable]
	twin := runtime.DeepCopyJSONValue(v.raw[pos]).(map[string]any)
	d := twin["destination"].(map[string]any)
	d["host"] = s.To.Host
	if s.To.Subset != "" {
		d["subset"] = s.To.Subset
	}
	twin["weight"] = weight
	end := v.pointer(0)
	return []op{add(end[:len(end)-1]+"-", twin)}
}

// latest is the state that was asked for last.
func (vs *virtualService) latest() stand { return vs.Known[len(vs.Known)-1] }

// ref names the VirtualService.
func (vs *virtualService) ref() traffic.ObjectRef {
	return traffic.ObjectRef{
		Group: group, Resource: resourceVirtualServices, Kind: kindVirtualService,
		Namespace: vs.Namespace, Name: vs.Name,
	}
}

const (
	nextConflict = "put it back as expected, and keep whoever changed it (a GitOps tool's sync?) from these weights during a rollout"
	nextLost     = "put the route back, or restore by force and check the object by hand"
)

func (vs *virtualService) conflict(d *difference) error {
	return &traffic.ConflictError{Object: vs.ref(), Path: d.path, Want: d.want, Got: d.got, Next: nextConflict}
}

func (vs *virtualService) lost(r *route) error {
	what := "a route to " + r.Entries[r.Shares[0].Stable].String()
	if r.Name != "" {
		what = "route " + r.Name + " to " + r.Entries[r.Shares[0].Stable].String()
	}
	return &traffic.ConflictError{
		Object: vs.ref(), Path: r.path(), Want: what,
		Got: "none that can be told to be the same", Next: nextLost,
	}
}
