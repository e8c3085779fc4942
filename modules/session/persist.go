package session

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// stumbles is how long a driver's first writes are tried where the API server
// does not answer well; the engine has its own patience for what follows.
const stumbles = time.Minute

// persist calls fn until it succeeds, fails for good, or the API server has
// stumbled for too long. What fn does can be done twice.
func persist(ctx context.Context, fn func() error) error {
	for began := time.Now(); ; {
		err := fn()
		if err == nil || !rollout.Transient(err) || ctx.Err() != nil || time.Since(began) > stumbles {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

// acquire takes a Release's Lease. A Lease that was taken without the answer
// having come is known again by its holder.
func acquire(ctx context.Context, store *journal.Store, release, holder string) (held context.Context, lease *journal.Lease, err error) {
	err = persist(ctx, func() (err error) {
		held, lease, err = store.Acquire(ctx, release, holder)
		return err
	})
	return held, lease, err
}
