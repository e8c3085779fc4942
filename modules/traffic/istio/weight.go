package istio

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Weight is the percentages that all routes agree on.
func (s *Split) Weight(ctx context.Context) (traffic.Weights, error) {
	var none traffic.Weights
	var shares []traffic.Share
	for _, vs := range s.state.VirtualServices {
		obj, err := s.get(ctx, vs.ref())
		if err != nil {
			return none, vs.deleted(explain("read "+vs.ref().String(), err))
		}
		more, err := vs.shares(spec(obj))
		if err != nil {
			return none, err
		}
		shares = append(shares, more...)
	}
	if len(shares) == 0 {
		return none, errors.New("the state of the routes names no route to read a weight from: find them anew")
	}
	first := shares[0]
	for _, sh := range shares {
		if sh.Percent != first.Percent || sh.Baseline != first.Baseline {
			return none, &traffic.DisagreeError{Shares: shares}
		}
	}
	for _, p := range []float64{first.Percent, first.Baseline} {
		if p != float64(int(p)) {
			return none, &traffic.ConflictError{
				Object: first.Object, Path: first.Path + ".route", Want: "a whole percentage for each version",
				Got: fmt.Sprintf("%.4g%%", p), Next: nextConflict,
			}
		}
	}
	return traffic.Weights{Candidate: int(first.Percent), Baseline: int(first.Baseline)}, nil
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
		now := v.weights()
		sum := now.stable + now.candidate + now.baseline
		if sum == 0 {
			return nil, vs.conflict(&difference{v.path() + ".route", "a weight for stable or the candidate", "none"})
		}
		percent := func(n int64) float64 { return float64(100*n) / float64(sum) }
		out = append(out, traffic.Share{Object: vs.ref(), Path: v.path(), Percent: percent(now.candidate), Baseline: percent(now.baseline)})
	}
	return out, nil
}

// parts are what the versions get in a route.
type parts struct{ stable, candidate, baseline int64 }

func (p *parts) add(role string, n int64) {
	if role == traffic.RoleBaseline {
		p.baseline += n
		return
	}
	p.candidate += n
}

// weights are what the versions get together in a route.
func (v view) weights() (out parts) {
	now, n := effective(v.now), 0
	at := func(pos int) int64 {
		if pos < 0 {
			return 0
		}
		return now[pos]
	}
	stable, into := map[int]bool{}, map[int]bool{}
	for _, s := range v.Shares {
		if !stable[s.Stable] {
			out.stable += at(v.entries[s.Stable])
		}
		stable[s.Stable] = true
		if s.Into == nil {
			out.add(s.role(), at(v.added[n]))
			n++
			continue
		}
		if !into[*s.Into] {
			out.add(s.role(), at(v.entries[*s.Into]))
		}
		into[*s.Into] = true
	}
	return out
}
