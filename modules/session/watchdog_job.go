package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// standby is the watchdog's Job.
type standby struct {
	client dynamic.Interface
	spec   incluster.Spec
	// within bounds the wait for its Pod.
	within time.Duration
}

// watchdogMemory is by measurement: a watchdog that waits holds 9 MiB of its own
// memory, one that puts things back 10 MiB. The rest is the program's file, which
// the kernel can drop.
var watchdogMemory = incluster.Memory{Request: 16 << 20, Limit: 64 << 20}

// probed is the port of the watchdog's readiness probe.
const probed = 8086

// standby is the watchdog that the Release asks for; nil when it asks for none.
func (s *Session) standby(rolloutID string) (*standby, error) {
	w := s.release.Spec.Watchdog
	if w == nil {
		return nil, nil
	}
	if w.Image == "" {
		return nil, errors.New("spec.watchdog.image: no image with the headgate program is known; name one, or give --headgate-image")
	}
	spec := incluster.Spec{
		Namespace: s.namespace(), Release: s.name(), Duty: incluster.Watchdog, Image: w.Image, Account: w.ServiceAccount,
		Args:    []string{"watchdog", s.name(), "--namespace", s.namespace(), "--after", w.After.String(), "--rollout", rolloutID, "--listen", fmt.Sprintf(":%d", probed)},
		Probe:   probed,
		Retries: 100, Keep: 30 * time.Second, Grace: 2 * time.Minute, Memory: watchdogMemory,
	}
	if w.ServiceAccount == "" {
		var err error
		if spec.Rules, err = s.watchdogRules(); err != nil {
			return nil, err
		}
	}
	return &standby{client: s.writer, spec: spec, within: s.release.Spec.Timeouts.Ready.Duration}, nil
}

// Begin starts a watchdog of this driver's own and waits until it runs: one
// that cannot start guards nothing. What an earlier driver left goes then.
func (b *standby) Begin(ctx context.Context, record *journal.Record) (string, error) {
	earlier, err := incluster.Find(ctx, b.client, b.spec.Namespace, b.spec.Release, incluster.Watchdog)
	if err != nil {
		return "", fmt.Errorf("watchdog: %w", err)
	}
	owner, spec, began := record.Owner(), b.spec, time.Now()
	spec.Owner = &owner
	job, err := incluster.Start(ctx, b.client, spec)
	if err != nil {
		return "", fmt.Errorf("watchdog: %w", err)
	}
	if err := job.WaitReady(ctx, b.within); err != nil {
		_ = job.Remove(context.WithoutCancel(ctx)) // the first error says more
		return "", fmt.Errorf("watchdog: %w", err)
	}
	if err := remove(ctx, earlier); err != nil {
		return "", fmt.Errorf("watchdog: %w", err)
	}
	return fmt.Sprintf("watchdog %s stands by after %s", job.Name, time.Since(began).Round(100*time.Millisecond)), nil
}

// End takes every watchdog of the Release away. One that stays reads in the
// Journal that it is not needed.
func (b *standby) End(ctx context.Context) error {
	jobs, err := incluster.Find(ctx, b.client, b.spec.Namespace, b.spec.Release, incluster.Watchdog)
	if err == nil {
		err = remove(ctx, jobs)
	}
	if err != nil {
		return fmt.Errorf("the watchdog ends by itself: %w", err)
	}
	return nil
}

func remove(ctx context.Context, jobs []*incluster.Job) error {
	var errs []error
	for _, j := range jobs {
		errs = append(errs, j.Remove(ctx))
	}
	return errors.Join(errs...)
}

// watchdogOf is what the engine gets: nothing at all where nothing is asked for.
func watchdogOf(b *standby) rollout.Watchdog {
	if b == nil {
		return nil
	}
	return b
}
