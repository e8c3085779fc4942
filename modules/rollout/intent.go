package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Intent is a change that was about to be made when the record was written.
// Whether it was made is not known to who finds it; every change can be made
// again.
type Intent struct {
	// Do is the change in words, such as "set the weight to 25%".
	Do string `json:"do"`
	// From and To are the candidate's share before and after, where the change
	// moves traffic.
	From *int `json:"from,omitempty"`
	To   *int `json:"to,omitempty"`
	// Restore says that the routes become as the user wrote them.
	Restore bool      `json:"restore,omitempty"`
	At      time.Time `json:"at"`
}

// change makes a change with its intent in the Journal before, and the outcome
// after it.
func (r *Rollout) change(ctx context.Context, i Intent, fn func(context.Context) error) error {
	i.At = time.Now().UTC()
	r.state.Intent = &i
	if err := r.save(ctx); err != nil {
		return err
	}
	if err := r.attempt(ctx, i.Do, fn); err != nil {
		return err // the intent stays: part of it may have been done
	}
	r.state.Intent = nil
	return nil
}

// done is change with its outcome saved at once; others are saved with the step
// that follows.
func (r *Rollout) done(ctx context.Context, what string, fn func(context.Context) error) error {
	if err := r.change(ctx, Intent{Do: what}, fn); err != nil {
		return err
	}
	return r.save(ctx)
}

// moveTo is the Intent of a new weight. The routes are told first, so that
// their part of the record names every weight that may stand there.
func (r *Rollout) moveTo(w traffic.Weights) Intent {
	r.deps.Routes.Intend(w)
	from := r.state.Weight
	return Intent{Do: fmt.Sprintf("set the weight to %s", w), From: &from, To: &w.Candidate}
}

// restoring says that the former driver was about to put the routes back, or
// had done so, when it was cut short.
func (r *Rollout) restoring() bool { return r.state.Intent != nil && r.state.Intent.Restore }
