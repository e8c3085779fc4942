package rollout

import (
	"context"
	"time"
)

// updateStep gives stable the new version while the candidate serves.
type updateStep struct{}

func (updateStep) Name() string { return "update stable" }

func (updateStep) Do(ctx context.Context, r *Rollout) error {
	return r.attempt(ctx, "update stable", r.deps.Workload.PromoteStable)
}

// Undo brings the old version back before traffic returns to stable.
func (updateStep) Undo(ctx context.Context, r *Rollout) error {
	return r.attempt(ctx, "bring stable's old version back", r.deps.Workload.RevertStable)
}

// trickle is the share that stable gets first when it runs the new version.
const trickle = 10

// returnStep brings traffic back to stable, a little first: the proxies must
// have learnt of stable's new Pods before all of it depends on them.
type returnStep struct{}

func (returnStep) Name() string { return "return traffic" }

func (returnStep) Do(ctx context.Context, r *Rollout) error {
	before := r.state.Weight
	if before > 100-trickle {
		if err := r.setWeight(ctx, 100-trickle); err != nil {
			return err
		}
		// setWeight keeps the higher share in the state until it is known to
		// have worked; that is also what a crash here should assume.
		if err := r.confirmReturn(ctx, before); err != nil {
			return err
		}
	}
	r.state.Weight = max(r.state.Weight, 1)
	return r.restore(ctx)
}

// confirmReturn waits for the trickle, for at most the route timeout: a wait
// that proves nothing here is no reason to stay on the candidate.
func (r *Rollout) confirmReturn(ctx context.Context, before int) error {
	deadline := time.Now().Add(r.state.Settings.Route)
	from := time.Now()
	var m moved
	for !m.confirms(before, 100-trickle) && time.Now().Before(deadline) {
		if err := sleep(ctx, r.pace()); err != nil {
			return err
		}
		delta, ok, err := r.look(ctx)
		if err != nil {
			return err
		}
		if ok && delta.Fresh.After(from) {
			m.candidate += delta.Candidate.Requests
			m.total += delta.Candidate.Requests + delta.Stable.Requests
		}
	}
	return nil
}
