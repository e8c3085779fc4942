package simulate

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate/sim"
	"github.com/headgate-ci/headgate/modules/rules"
)

// ending is what became of one rollout.
type ending struct {
	outcome   rules.Outcome
	after     time.Duration
	candidate evidence.Counts
}

// sampled is a rule that reads samples taken at times of their own.
type sampled interface{ Samples() time.Duration }

// play runs one rollout: the rule says what share the candidate gets, the world
// answers with traffic.
func play(ctx context.Context, t sim.Traffic, r rules.Rule, seed uint64, most time.Duration) ending {
	b, ok := r.(interface{ Beside() bool })
	t.Beside = ok && b.Beside()
	world, course := sim.NewWorld(t, seed), r.Begin()
	if w, ok := course.(rules.Watcher); ok {
		for spent := time.Duration(0); spent < t.History && ctx.Err() == nil; spent += t.Look {
			w.Watch(world.Window(0, t.Look))
		}
	}
	every := most
	if s, ok := r.(sampled); ok {
		every = s.Samples()
	}
	var h rules.History
	var out ending
	state := course.Act(&h)
	for state.Outcome == rules.Undecided && h.Now() < most && ctx.Err() == nil {
		until := min(state.Next, (h.Now()/every+1)*every, most)
		delta := world.Window(float64(state.Weight)/100, until-h.Now())
		h.Add(until, delta)
		out.candidate = out.candidate.Add(delta.Candidate)
		if until == state.Next {
			state = course.Act(&h)
		}
	}
	out.outcome, out.after = state.Outcome, h.Now()
	return out
}
