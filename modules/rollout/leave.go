package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/rollout/witness"
)

const (
	// following is how long proxies may take to follow routes that are back: one
	// that has not followed yet would find no Pod at the route's destination.
	following = 10 * time.Second
	// lingering bounds the wait that sees whether a held candidate still gets
	// requests.
	lingering = 3 * following
)

// leave takes the candidate out of every Service by its Pods' labels: no route can
// keep requests from it that none governs. It is on its way to be removed then.
func (r *Rollout) leave(ctx context.Context) error {
	if r.left {
		return nil
	}
	r.left = true
	r.warn("the candidate gets requests that no route sends it; its Pods leave the Service by their labels")
	err := r.done(ctx, "have the candidate leave its Services", r.deps.Workload.Leave)
	if err != nil && endingOf(ctx, err) != endLeave {
		r.warn(fmt.Sprintf("the candidate still gets requests: %v", err)) // it is removed all the same
		return nil
	}
	return err
}

// arrivals tells requests that keep coming after the routes are back from the last
// ones under way.
type arrivals struct {
	r     *Rollout
	began time.Time
	had   witness.Receipt
	at    time.Time // of had
	late  int       // looks in a row that saw some when none should come
}

func (r *Rollout) arrivals(ctx context.Context) *arrivals {
	now := time.Now()
	return &arrivals{r: r, began: now, had: r.received(ctx), at: now}
}

// more says whether requests came since the last call: callers' proxies counted
// some, or, where there are ways that they do not count, the candidate's own
// received more than what comes without any caller.
func (a *arrivals) more(ctx context.Context, counted bool) bool {
	got, now := a.r.received(ctx), time.Now()
	background := witness.Background(got.Pods, now.Sub(a.at))
	unseen := a.r.state.Unseen && got.Known && a.had.Known && got.Requests > a.had.Requests+background
	a.had, a.at = got, now
	switch {
	case !counted && !unseen:
		a.late = 0
	case now.Sub(a.began) > following:
		a.late++
	}
	return counted || unseen
}

// stay says that requests have not stopped coming in the time that proxies need.
func (a *arrivals) stay() bool { return a.late >= quietLooks }

// glance is a look that neither gates nor the limit on blindness see.
func (r *Rollout) glance(ctx context.Context) (evidence.Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.meter.look(ctx, r.state.Weight)
}

// stillCalled says whether a candidate whose weight was taken away goes on getting
// requests.
func (r *Rollout) stillCalled(ctx context.Context) bool {
	if r.deps.Named {
		return false
	}
	seen := r.arrivals(ctx)
	for quiet, newest := 0, time.Now(); quiet < quietLooks && time.Since(seen.began) < lingering; {
		if sleep(ctx, r.pace()) != nil {
			return false
		}
		delta, err := r.glance(ctx)
		fresh := err == nil && delta.Fresh.After(newest)
		if fresh {
			newest = delta.Fresh
			r.mark(delta, true)
		}
		switch {
		case seen.more(ctx, fresh && delta.Candidate.Requests > 0):
			quiet = 0
		case fresh:
			quiet++
		}
		if seen.stay() {
			return true
		}
	}
	return false
}
