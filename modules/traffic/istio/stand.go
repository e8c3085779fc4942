package istio

import (
	"sync"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// stand is a state of the routes: weights, or original. Without a baseline it is
// the candidate's percentage as such, which is how records have it; each percent
// of a baseline's adds a thousand.
type stand int

// original: as the user wrote them.
const original stand = -1

const perBaseline = 1000

func standOf(w traffic.Weights) stand { return stand(w.Candidate + perBaseline*w.Baseline) }

func (s stand) weights() traffic.Weights {
	return traffic.Weights{Candidate: int(s) % perBaseline, Baseline: int(s) / perBaseline}
}

// percent is a role's share.
func (s stand) percent(role string) int {
	if role == traffic.RoleBaseline {
		return s.weights().Baseline
	}
	return s.weights().Candidate
}

// check says that a stand from a record is one.
func (s stand) check() error {
	if s == original {
		return nil
	}
	if s < 0 {
		return traffic.Weights{Candidate: int(s)}.Check()
	}
	return s.weights().Check()
}

// all are all states that Headgate can leave a route in that has no baseline;
// beside are those with one.
var (
	all = func() []stand {
		out := []stand{original}
		for p := stand(0); p <= 100; p++ {
			out = append(out, p)
		}
		return out
	}()
	beside = sync.OnceValue(func() []stand {
		out := []stand{original}
		for c := 0; c <= 100; c++ {
			for b := 0; b <= 100-c; b++ {
				out = append(out, standOf(traffic.Weights{Candidate: c, Baseline: b}))
			}
		}
		return out
	})
)

// any are all states that Headgate can leave the route in.
func (r *route) any() []stand {
	for _, s := range r.Shares {
		if s.role() == traffic.RoleBaseline {
			return beside()
		}
	}
	return all
}
