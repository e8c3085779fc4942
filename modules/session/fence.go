package session

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
)

// guarded is a client whose every write asks first whether the Lease is still
// this driver's; journal says why that keeps a driver that was asleep from
// writing.
func guarded(c *cluster.Cluster) (dynamic.Interface, *journal.Guard, error) {
	guard, config := &journal.Guard{}, rest.CopyConfig(c.Config)
	config.Wrap(guard.Wrap)
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, fmt.Errorf("make a client for %s: %w", c.Config.Host, err)
	}
	return client, guard, nil
}

// written are objects that a Rollout may write.
type written interface {
	Each(ctx context.Context, fn func(ctx context.Context, api dynamic.ResourceInterface, name string) error) error
}

// fence has whatever the former driver read be out of date, so that nothing of
// its can arrive any more.
func fence(ctx context.Context, lease *journal.Lease, all ...any) error {
	for _, part := range all {
		if w, ok := part.(written); ok {
			if err := w.Each(ctx, lease.Touch); err != nil {
				return err
			}
		}
	}
	return nil
}

// because is an error with the loss of the Lease as its cause, where that is
// what ended the driver's context.
func because(held context.Context, err error) error {
	cause := context.Cause(held)
	if err == nil || !errors.Is(cause, journal.ErrFenced) || errors.Is(err, journal.ErrFenced) {
		return err
	}
	return fmt.Errorf("%w (%w)", cause, err)
}
