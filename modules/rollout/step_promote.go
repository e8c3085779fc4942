package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// updateStable is the step's name, and the Intent of its change.
const updateStable = "update stable"

// updateStep gives stable the new version while the candidate serves.
type updateStep struct{}

func (updateStep) Name() string { return updateStable }

func (updateStep) Do(ctx context.Context, r *Rollout) error {
	if w := r.state.Weight; w != 100 {
		return fmt.Errorf("stable is not updated while it serves: the candidate has %d%% of the traffic", w)
	}
	// Its Pods are about to be replaced: what they still answer comes first.
	begun := r.updating()
	r.untouched = !begun
	if r.unseen() && !r.hurry {
		r.warn(nothingSeen + "; stable gets it all the same, as the release asks")
	}
	idle, err := r.draining(Stable, r.judged).idle(ctx)
	if err == nil && !idle && !begun {
		err = r.inSight(ctx)
	}
	if err != nil {
		return err
	}
	r.untouched = false
	return r.attentive(ctx, func(ctx context.Context) error {
		return r.done(ctx, updateStable, r.deps.Workload.PromoteStable)
	})
}

// updating says that the former driver had begun with it when it was cut short.
func (r *Rollout) updating() bool {
	return r.state.Intent != nil && r.state.Intent.Do == updateStable
}

// Undo brings the old version back before traffic returns to stable.
func (updateStep) Undo(ctx context.Context, r *Rollout) error {
	return r.done(ctx, "bring stable's old version back", r.deps.Workload.RevertStable)
}

// trickle is the share that stable gets first when it runs the new version.
const trickle = 10

// returnStep brings traffic back to stable, a little first: the proxies must
// have learnt of stable's new Pods before all of it depends on them.
type returnStep struct{}

func (returnStep) Name() string { return "return traffic" }

func (returnStep) Do(ctx context.Context, r *Rollout) error {
	before := r.state.Weight
	if before > 100-trickle && !r.restoring() {
		if err := r.setWeight(ctx, traffic.Weights{Candidate: 100 - trickle}); err != nil {
			return err
		}
		if err := r.tried(ctx, before); err != nil {
			return err
		}
	}
	if err := r.putBack(ctx); err != nil {
		return err
	}
	// Stable serves the new version to everybody now: nothing stops the rest.
	r.state.Committed = true
	ctx = context.WithoutCancel(ctx)
	if err := r.save(ctx); err != nil {
		return err
	}
	return r.vacate(ctx, true)
}

// enough requests of stable's tell whether it serves at all with its new version.
const enough = 10

// tried sees that stable serves what it gets. What is not proven within the timeout
// is no reason to stay on the candidate; that it fails, and the candidate does
// not, is one.
func (r *Rollout) tried(ctx context.Context, before int) error {
	from := time.Now()
	var seen evidence.Evidence
	put := func(delta evidence.Evidence) []gate.Verdict {
		if delta.Fresh.After(from) {
			seen = seen.Add(delta)
		}
		return nil
	}
	if _, _, err := r.follow(ctx, before, 100-trickle, put); err != nil {
		return err
	}
	for seen.Stable.Requests < enough && time.Since(from) < r.state.Settings.Route {
		if err := sleep(ctx, r.pace()); err != nil {
			return err
		}
		delta, ok, err := r.look(ctx)
		if err != nil {
			return err
		}
		if ok {
			put(delta)
		}
	}
	if !failsAlone(seen) {
		return nil
	}
	reason := fmt.Errorf("stable fails %d of %d requests with the new version, the candidate %d of %d", seen.Stable.Errors, seen.Stable.Requests, seen.Candidate.Errors, seen.Candidate.Requests)
	return errors.Join(reason, r.setWeight(ctx, traffic.Weights{Candidate: 100})) // while stable gets its old version back
}

// failsAlone says that stable fails most of its requests, and at least twice as
// many as the candidate, which runs the same version.
func failsAlone(seen evidence.Evidence) bool {
	stable, some := seen.Stable.ErrorRate()
	candidate, _ := seen.Candidate.ErrorRate()
	return some && seen.Stable.Requests >= enough && stable >= .5 && stable >= 2*candidate
}
