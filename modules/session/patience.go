package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
)

// Patience says how long somebody else's Rollout is waited for.
type Patience struct {
	// Wait waits at all; for Most, or without end when that is zero.
	Wait bool
	Most time.Duration
	// Tell is told whom the wait is for.
	Tell func(string)
}

// args are the flags that give another process of this program the same patience.
func (p Patience) args() []string {
	switch {
	case !p.Wait:
		return nil
	case p.Most > 0:
		return []string{"--wait-for-lock=" + p.Most.String()}
	default:
		return []string{"--wait-for-lock"}
	}
}

// between is the pause between two tries.
const between = time.Second

// Await calls fn again while it fails with a HeldError and patience lasts. The
// last such error is returned when it does not.
func (p Patience) Await(ctx context.Context, fn func() error) error {
	told := ""
	for began := time.Now(); ; {
		err := fn()
		var held *journal.HeldError
		if !p.Wait || !errors.As(err, &held) {
			return err
		}
		if p.Most > 0 && time.Since(began) >= p.Most {
			return fmt.Errorf("waited for %s: %w", p.Most, err)
		}
		if told != held.Holder {
			told = held.Holder
			p.Tell(fmt.Sprintf("waiting until %s is done with %s/%s", held.Holder, held.Namespace, held.Release))
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(between):
		}
	}
}
