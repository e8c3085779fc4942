package session

import (
	"context"
	"errors"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// lastLook bounds the look at the Journal of a Pod that is about to end.
const lastLook = 20 * time.Second

// AfterError says what a Pod makes of an error that ended its drive: its Job's
// Rollout may be left to be driven by the next Pod (again), or have ended by
// somebody else's hand, with this Result. Else the error is the Job's answer.
func (p Pod) AfterError(ctx context.Context, c *cluster.Cluster, name string) (res *report.Result, again bool) {
	if p.Job == "" {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook) // the Pod may have been told to end
	defer cancel()
	record, err := journal.New(c.Dynamic, c.Namespace).Load(ctx, name)
	if err != nil {
		return nil, rollout.Transient(err) // the next Pod sees
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil || !p.own(state) || state.Phase == rollout.Held {
		return nil, false
	}
	var over *OverError
	if errors.As(p.over(state), &over) {
		return &over.Result, false
	}
	return nil, true
}
