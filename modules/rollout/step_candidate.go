package rollout

import (
	"context"
	"fmt"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// candidateStep brings the candidate up beside stable, and the baseline with it.
type candidateStep struct{ weights traffic.Weights }

func (candidateStep) Name() string { return "candidate" }

func (s candidateStep) Do(ctx context.Context, r *Rollout) error {
	r.recount(ctx) // it has had nothing yet
	if err := r.done(ctx, "create the candidate", func(ctx context.Context) error {
		return r.deps.Workload.Create(ctx, s.weights.Candidate)
	}); err != nil {
		return err
	}
	return capacityStep(s).Do(ctx, r)
}

func (candidateStep) Undo(ctx context.Context, r *Rollout) error { return r.remove(ctx) }

// capacityStep has enough Pods of candidate and baseline ready before a weight
// needs them.
type capacityStep struct{ weights traffic.Weights }

func (s capacityStep) Name() string { return percentName("capacity for", s.weights.Candidate) }

func (s capacityStep) Do(ctx context.Context, r *Rollout) error {
	return r.freshPods(ctx, func(ctx context.Context) error { return s.ready(ctx, r) })
}

func (s capacityStep) ready(ctx context.Context, r *Rollout) error {
	return r.attentive(ctx, func(ctx context.Context) error {
		return r.done(ctx, fmt.Sprintf("have capacity for %s", s.weights), func(ctx context.Context) error {
			detail, err := r.deps.Workload.EnsureCapacity(ctx, s.weights.Candidate, s.weights.Baseline)
			r.current().Record.Detail, r.state.Stands = detail, detail
			return err
		})
	})
}

// removeStep takes the candidate away when stable has its version.
type removeStep struct{}

func (removeStep) Name() string { return "remove candidate" }

func (removeStep) Do(ctx context.Context, r *Rollout) error { return r.remove(ctx) }

func (r *Rollout) remove(ctx context.Context) error {
	return r.done(ctx, "remove the candidate", r.deps.Workload.Remove)
}
