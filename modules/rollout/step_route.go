package rollout

import (
	"context"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// prepareRoutes is the Intent of the step's change.
const prepareRoutes = "prepare the routes"

// routeStep adds candidate and baseline to the routes, at weight 0.
type routeStep struct{}

func (routeStep) Name() string { return "route" }

func (routeStep) Do(ctx context.Context, r *Rollout) error {
	before := r.proxiesNow(ctx)
	if i := r.state.Intent; i != nil && i.Do == prepareRoutes && !named(before) {
		before = nil // the former driver may have prepared them: what is new by now is not known
	}
	r.deps.Routes.Intend(traffic.Weights{})
	if err := r.done(ctx, prepareRoutes, r.deps.Routes.Prepare); err != nil {
		return err
	}
	return r.informed(ctx, before)
}

// Undo puts the routes back, waits until nothing arrives at the candidate, and
// only then takes away what the routes pointed at.
func (routeStep) Undo(ctx context.Context, r *Rollout) error { return r.restore(ctx) }

func (r *Rollout) restore(ctx context.Context) error {
	// Traffic that was moved back a moment ago, such as by a hold, may be on its
	// way still.
	had := r.state.Weight > 0 || r.moved()
	if err := r.putBack(ctx); err != nil {
		return err
	}
	return r.vacate(ctx, had)
}

// putBack has the routes as the user wrote them.
func (r *Rollout) putBack(ctx context.Context) error {
	from, to := r.state.Weight, 0
	err := r.change(ctx, Intent{Do: "restore the routes", From: &from, To: &to, Restore: true}, r.deps.Routes.Restore)
	if err != nil {
		return err
	}
	r.state.stand(traffic.Weights{})
	return nil // saved by who knows what follows from it
}

// vacate waits until candidate and baseline are idle, if they had traffic, and
// takes away what the routes pointed at.
func (r *Rollout) vacate(ctx context.Context, had bool) error {
	if r.state.Astray {
		if err := r.leave(ctx); err != nil {
			return err
		}
	}
	if had || r.state.Astray {
		r.emit(EventNotice, "routes are as they were before; waiting until the candidate is idle", nil)
		if err := r.drained(ctx, Candidate, nil); err != nil {
			return err
		}
	}
	if had && r.hasBaseline() {
		if err := r.drained(ctx, Baseline, nil); err != nil {
			return err
		}
	}
	return r.done(ctx, "clean up beside the routes", r.deps.Routes.Cleanup)
}

// moved says that the candidate has had traffic.
func (r *Rollout) moved() bool {
	return slices.ContainsFunc(r.state.Steps, func(s StepState) bool {
		return s.Spec.Kind == KindWeight && s.Record.Status != report.Pending
	})
}

// pace is the time between looks that wait for the data plane.
func (r *Rollout) pace() time.Duration { return min(r.state.Settings.Interval, time.Second) }
