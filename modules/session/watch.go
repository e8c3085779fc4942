package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/watchdog"
)

// Watching says what a watchdog watches.
type Watching struct {
	// Rollout is the ID of the one; any of the Release when empty.
	Rollout string
	// After is the silence of a driver that counts.
	After   time.Duration
	Observe func(rollout.Event)
	// Say is told what goes on, a line each.
	Say func(string)
	// Listen is the address for the readiness probe; none when empty.
	Listen string
}

// Watch stands by a Release's Rollout until that has ended. When its driver is
// silent for too long it takes the Rollout over and puts everything back, or
// finishes what stable serves already. The Result is nil when it had nothing to
// do. It goes on through errors; the one it returns is the context's.
func Watch(ctx context.Context, c *cluster.Cluster, name string, w Watching) (*report.Result, error) {
	s := signs{store: journal.New(c.Dynamic, c.Namespace), release: name, rollout: w.Rollout}
	ready := &watchdog.Ready{}
	if w.Listen != "" {
		if err := ready.Listen(ctx, w.Listen); err != nil {
			return nil, err
		}
	}
	for {
		f, err := watchdog.Watch{Source: s, After: w.After, Say: w.Say, Seeing: ready.Set}.Wait(ctx)
		if err != nil {
			return nil, err
		}
		if f.Over != "" {
			w.Say(f.Over)
			return nil, nil
		}
		why := fmt.Sprintf("the driver%s gave no sign of life for %s", named(f.Last.Driver), f.Silent.Round(time.Second))
		w.Say(why + "; taking over")
		if res, err := act(ctx, c, s, w, why); err != nil || res != nil {
			return res, err
		}
	}
}

func named(driver string) string {
	if driver == "" {
		return ""
	}
	return " " + driver
}

// retry is the pause after a takeover that failed.
const retry = time.Second

// act takes over and tries until everything is back. Result and error are nil
// when somebody else drives after all.
func act(ctx context.Context, c *cluster.Cluster, s signs, w Watching, why string) (*report.Result, error) {
	for {
		res, err := Take(ctx, c, s.release, TakeOver{Do: Rollback, Reason: why, As: "watchdog", Unwatched: true, Observe: w.Observe})
		if res != nil && err == nil {
			return res, nil
		}
		w.Say(err.Error())
		var held *journal.HeldError
		if errors.As(err, &held) || errors.Is(err, journal.ErrFenced) {
			return nil, nil
		}
		over, err := s.Over(ctx)
		if err == nil && over != "" {
			return res, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retry):
		}
	}
}

// signs are a driver's signs of life, and the Journal's word on whether one is
// needed.
type signs struct {
	store            *journal.Store
	release, rollout string
}

// Sign is the Lease's last renewal.
func (s signs) Sign(ctx context.Context) (watchdog.Sign, error) {
	holder, mark, err := s.store.Sign(ctx, s.release)
	return watchdog.Sign{Driver: holder, Beat: mark}, err
}

// Over says why nobody needs to drive the Rollout any more.
func (s signs) Over(ctx context.Context) (string, error) {
	record, err := s.store.Load(ctx, s.release)
	if errors.Is(err, journal.ErrNotFound) {
		return "the journal is gone, and nothing can be put back without it", nil
	}
	if err != nil {
		return "", err
	}
	state, err := rollout.DecodeState(record.Data)
	switch {
	case err != nil:
		return "", err
	case s.rollout != "" && state.ID != s.rollout:
		return "another rollout has begun: " + state.ID, nil
	case state.Phase.Ended():
		return "the rollout has ended: " + string(state.Phase), nil
	case state.Phase == rollout.Held:
		return "the rollout is held for a person to decide", nil
	}
	return "", nil
}
