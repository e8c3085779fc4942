package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// inSight waits until metrics show something from after all traffic moved, for at
// most Settings.Blind: gates that passed before say nothing of now, and stable is
// not given a version that nobody sees. Without gates, or when a person wants no
// more of them, nobody looks anyway.
func (r *Rollout) inSight(ctx context.Context) error {
	began, alone := time.Now(), r.alone()
	for len(r.deps.Gates) > 0 && !r.hurry {
		delta, ok, err := r.judgedLook(ctx)
		if err != nil || ok && delta.Fresh.After(alone) {
			return err
		}
		if blind := time.Since(began); blind > r.state.Settings.Blind {
			return r.undecided(fmt.Sprintf("metrics have shown nothing new for %s while the candidate had all traffic", blind.Round(time.Second)))
		}
		if err := r.breath(ctx); err != nil {
			return err
		}
	}
	return nil
}

const nothingSeen = "no request was seen that the candidate served, so nothing speaks for this version but that its Pods are ready"

// unseen says that metrics have shown no request of the candidate's.
func (r *Rollout) unseen() bool { return r.meter.sum().Candidate.Requests == 0 }

// breath is the pause between two looks; what a person asks for is heard.
func (r *Rollout) breath(ctx context.Context) error {
	if err := r.saveNowAndThen(ctx); err != nil {
		return err
	}
	switch err := r.asked(); {
	case errors.Is(err, errAskedPromote):
		r.Hurry()
		return nil
	case err != nil:
		return err
	}
	return sleep(ctx, r.pace())
}

// alone is since when the candidate has had all traffic, as far as is known.
func (r *Rollout) alone() time.Time {
	for _, s := range r.state.Steps {
		if s.Spec.Kind == KindWeight && s.Spec.Weight == 100 && !s.Finished.IsZero() {
			return s.Finished
		}
	}
	return time.Now()
}
