package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// hold stops for a person. Traffic goes back to stable, since nobody watches
// it any more; the candidate stays ready, so that `resume` goes on quickly.
func (r *Rollout) hold(ctx context.Context, why error) (report.Result, error) {
	reason := reasonOf(ctx, why)
	var held *HoldError
	had := r.state.Weight > 0
	next := fmt.Sprintf("`headgate resume %[1]s -n %[2]s` to go on, `headgate promote %[1]s -n %[2]s` to finish without gates, `headgate rollback %[1]s -n %[2]s` to put everything back", r.state.Release, r.state.Namespace)
	if errors.As(why, &held) && held.Next != "" {
		next = held.Next
	}
	if conflict(why) {
		reason += "; the routes were left as they are now"
		next = fmt.Sprintf("undo that edit, then `headgate resume %[1]s -n %[2]s`; or `headgate rollback %[1]s -n %[2]s --force` to put back what stood before the rollout", r.state.Release, r.state.Namespace)
	} else if err := r.park(context.WithoutCancel(ctx)); errors.Is(err, journal.ErrFenced) {
		return r.result(report.Unfinished, reasonOf(ctx, err)), err
	} else if err != nil {
		reason = fmt.Sprintf("%s; traffic could not be moved back to stable: %v", reason, err)
		if !conflict(err) { // nobody is left to wait for while traffic is moved
			return r.undo(ctx, EndRollback, reason)
		}
	} else if had && r.state.Weight == 0 && r.stillCalled(context.WithoutCancel(ctx)) {
		r.state.Astray = true // it cannot wait where it is called, and nobody watches it
		return r.undo(ctx, EndRollback, reason+"; with traffic back on stable the candidate still gets requests, by a way that no edited route governs, so it is not kept")
	}
	r.state.Phase, r.state.Reason, r.state.Next = Held, reason, next
	return r.conclude(context.WithoutCancel(ctx))
}

// park moves all traffic to stable and leaves everything else as it is.
func (r *Rollout) park(ctx context.Context) error {
	if r.state.Weight == 0 || r.updated() {
		return nil
	}
	none := traffic.Weights{}
	intent := r.moveTo(none)
	intent.Do = "move traffic back to stable"
	err := r.change(ctx, intent, func(ctx context.Context) error { return r.deps.Routes.SetWeight(ctx, none) })
	if err != nil {
		return err
	}
	r.state.stand(none)
	r.emit(EventNotice, "traffic is back on stable; the candidate stays ready", nil)
	return nil
}

// updated says that stable already runs the new version, or is changing to it.
func (r *Rollout) updated() bool {
	for _, s := range r.state.Steps {
		if s.Spec.Kind == KindUpdate && !r.untouched && s.Record.Status != report.Pending && s.Record.Status != report.Undone {
			return true
		}
	}
	return false
}

// rewind has a held Rollout begin again with the capacity for the weight that
// was reached, since traffic has left the candidate. The report keeps what was
// measured there until then.
func (r *Rollout) rewind() {
	for i := min(r.state.Current, len(r.state.Steps)-1); i >= 0; i-- {
		spec := r.state.Steps[i].Spec
		switch spec.Kind {
		case KindUpdate: // begun on stable, it goes on where it stands
			if r.state.Weight > 0 {
				return
			}
			fallthrough
		case KindWeight, KindGate, KindPause, KindCapacity, KindKeep, KindRelieve:
			r.state.Steps[i] = newStep(spec)
			r.state.Current = i
		default:
			return
		}
		if spec.Kind == KindCapacity {
			return
		}
	}
}
