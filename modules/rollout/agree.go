package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
)

// span is a time in which both witnesses count: callers' proxies and the
// candidate's own.
type span struct {
	began time.Time
	seen  evidence.Counts // the candidate's, as callers told until it began
	had   witness.Receipt
}

// received asks the candidate's own proxies, where they can be asked.
func (r *Rollout) received(ctx context.Context) witness.Receipt {
	if r.deps.Witness == nil {
		return witness.Receipt{}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.deps.Witness.Received(ctx)
}

// recount begins a new span. The counters of both are read within moments of each
// other; what lies between is little beside what the two may differ by.
func (r *Rollout) recount(ctx context.Context) {
	r.span = &span{began: time.Now(), had: r.received(ctx), seen: r.meter.sum().Candidate}
}

// account is what both say of the span so far.
func (r *Rollout) account(ctx context.Context) witness.Account {
	sent := r.meter.sum().Candidate.Sub(r.span.seen)
	got := r.received(ctx)
	got.Known = got.Known && r.span.had.Known
	got.Requests -= min(got.Requests, r.span.had.Requests)
	unanswered := sent.Errors + outcome.HangUps(sent) // neither need have arrived
	return witness.Account{Sent: sent.Requests, Answered: sent.Requests - min(sent.Requests, unanswered), Received: got, Span: time.Since(r.span.began)}
}

// agree is an error where the two contradict each other: then nothing that was
// measured says anything of the candidate. It is neither a confirmation nor a pass,
// and no failure of the version's. A person who wants no more gates wants none of it.
func (r *Rollout) agree(ctx context.Context) error {
	if r.span == nil || r.hurry {
		return nil
	}
	a := r.account(ctx)
	if !a.Contradicts() {
		return nil
	}
	return &HoldError{
		Reason: fmt.Sprintf("callers' proxies say that the candidate answered %d requests at %d%%, but its own proxies received %d: requests that are counted for it go elsewhere, so nothing measured says anything of it",
			a.Answered, r.state.Weight, a.Received.Requests),
		Next: fmt.Sprintf("find out where callers' proxies send them (`istioctl proxy-config endpoints POD -n %[2]s`), then `headgate resume %[1]s -n %[2]s`; or `headgate rollback %[1]s -n %[2]s`", r.state.Release, r.state.Namespace),
	}
}

// strays is an error where the candidate got requests before the routes gave it
// any. Where it has an address of its own, they may be meant.
func (r *Rollout) strays(ctx context.Context) error {
	if r.span == nil || r.deps.Named {
		return nil
	}
	a := r.account(ctx)
	switch {
	case a.Strays(), a.Unseen() && r.state.Unseen:
	case a.Unseen():
		r.warn(fmt.Sprintf("the candidate received %d requests at weight 0 that its callers' proxies do not tell of: callers without a proxy, or Pods that talk to each other", a.Received.Requests))
		return nil
	default:
		return nil
	}
	r.state.Astray = true
	return fmt.Errorf("the candidate got %d requests at weight 0: they reach it by a way that no edited route governs; the warnings of `headgate plan` say which ways there are", max(a.Received.Requests, a.Sent))
}
