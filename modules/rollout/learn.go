package rollout

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// History is what stable served in the time before a Rollout, window by window.
type History func(ctx context.Context) ([]evidence.Evidence, error)

// learning bounds how long a Rollout waits for it.
const learning = 10 * time.Second

// learn shows the gates of a new Rollout how stable's errors came before it: what
// takes minutes to see is then known from the beginning. Without it they learn
// as they look, so that it cannot be had is no reason to stop.
func (r *Rollout) learn(ctx context.Context) {
	if r.deps.History == nil || len(r.deps.Gates) == 0 || r.learnt {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, learning)
	defer cancel()
	past, err := r.deps.History(ctx)
	if err != nil {
		r.emit(EventNotice, "what stable served before cannot be read, so the gates learn how its errors come as they look: "+err.Error(), nil)
		return
	}
	r.panel.Learn(past...)
}
