package istio

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Weight is the candidate's percentage that all routes agree on.
func (s *Split) Weight(ctx context.Context) (int, error) {
	var shares []traffic.Share
	for _, vs := range s.state.VirtualServices {
		obj, err := s.get(ctx, vs.ref())
		if err != nil {
			return 0, vs.deleted(explain("read "+vs.ref().String(), err))
		}
		more, err := vs.shares(spec(obj))
		if err != nil {
			return 0, err
		}
		shares = append(shares, more...)
	}
	if len(shares) == 0 {
		return 0, errors.New("the state of the routes names no route to read a weight from: find them anew")
	}
	first := shares[0]
	for _, sh := range shares {
		if sh.Percent != first.Percent {
			return 0, &traffic.DisagreeError{Shares: shares}
		}
	}
	if first.Percent != float64(int(first.Percent)) {
		return 0, &traffic.ConflictError{
			Object: first.Object, Path: first.Path + ".route", Want: "a whole percentage for the candidate",
			Got: fmt.Sprintf("%.4g%%", first.Percent), Next: nextConflict,
		}
	}
	return int(first.Percent), nil
}

// shares are what the routes of one object say, taken from the weights
// themselves: a weight that others wrote counts too.
func (vs *virtualService) shares(spec map[string]any) ([]traffic.Share, error) {
	var out []traffic.Share
	for _, l := range vs.locateAll(spec) {
		if !l.edited() {
			continue
		}
		if l.pos < 0 {
			return nil, vs.lost(l.route)
		}
		v := l.look(l.pos, routesOf(spec, l.List)[l.pos])
		stable, candidate := v.weights()
		if stable+candidate == 0 {
			return nil, vs.conflict(&difference{v.path() + ".route", "a weight for stable or the candidate", "none"})
		}
		percent := float64(100*candidate) / float64(stable+candidate)
		out = append(out, traffic.Share{Object: vs.ref(), Path: v.path(), Percent: percent})
	}
	return out, nil
}

// weights are what stable and the candidate get together in a route.
func (v view) weights() (stable, candidate int64) {
	now, n := effective(v.now), 0
	at := func(pos int) int64 {
		if pos < 0 {
			return 0
		}
		return now[pos]
	}
	into := map[int]bool{}
	for _, s := range v.Shares {
		stable += at(v.entries[s.Stable])
		if s.Into == nil {
			candidate += at(v.added[n])
			n++
			continue
		}
		if !into[*s.Into] {
			candidate += at(v.entries[*s.Into])
		}
		into[*s.Into] = true
	}
	return stable, candidate
}
