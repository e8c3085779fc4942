package session

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Action is what is done with an unfinished Rollout.
type Action string

// The actions.
const (
	Resume   Action = "resume"
	Promote  Action = "promote"
	Rollback Action = "rollback"
)

// TakeOver says what to do with a Rollout that nobody drives.
type TakeOver struct {
	Do Action
	// Force overwrites what others changed in the routes since.
	Force bool
	// Reason is why everything is put back, for the report.
	Reason string
	// As names what drives where no person does.
	As string
	// Unwatched has no watchdog stand by, whatever the Release asks for.
	Unwatched bool
	Observe   func(rollout.Event)
}

// reason is TakeOver.Reason, or that a person wished it.
func (t TakeOver) reason() string {
	if t.Reason != "" {
		return t.Reason
	}
	return "`headgate rollback` asked for it"
}

// Take drives a Release's unfinished Rollout from its Journal alone.
func Take(ctx context.Context, c *cluster.Cluster, name string, t TakeOver) (*report.Result, error) {
	if _, err := Look(ctx, c, c.Namespace, name); err != nil { // writes nothing for a wrong name
		return nil, err
	}
	store := journal.New(c.Dynamic, c.Namespace)
	held, lease, err := store.Acquire(ctx, name, identity(t.As))
	if err != nil {
		return nil, c.Reachable(err)
	}
	defer giveBack(ctx, lease)
	// Read after the Lease is ours: the former driver may have written last.
	record, err := store.Load(ctx, name)
	if err != nil {
		return nil, err
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		return nil, err
	}
	if state.Phase.Ended() {
		return nil, fmt.Errorf("release %s/%s: its last rollout has ended (%s); there is nothing to %s%s", c.Namespace, name, state.Phase, t.Do, insteadOf(t.Do, state))
	}
	s, err := reopen(ctx, c, state, t)
	if err != nil {
		return nil, err
	}
	reader, err := s.source.Open(ctx, s.subject, s.queries())
	if err != nil {
		reader = unreadable{err}
	}
	defer reader.Close() //nolint:errcheck // nothing is written through it
	o := RunOptions{Observe: t.Observe}
	if !t.Unwatched {
		guard, err := s.standby(state.ID)
		if err != nil {
			return nil, err
		}
		o.watchdog = watchdogOf(guard)
	}
	return drive(s.deps(store, lease, reader, o), state, record, func(r *rollout.Rollout) (report.Result, error) {
		switch t.Do {
		case Rollback:
			return r.Rollback(held, t.reason())
		case Promote:
			r.Hurry()
		}
		return r.Run(held)
	})
}

// insteadOf says how to leave a version that was promoted.
func insteadOf(do Action, state *rollout.State) string {
	if do != Rollback || state.Phase != rollout.Promoted || state.From == "" || state.From == state.To {
		return ""
	}
	return fmt.Sprintf("; to go back, roll out the old version (`headgate run … --image %s`)", state.From)
}

// reopen rebuilds a Session from a Journal.
func reopen(ctx context.Context, c *cluster.Cluster, state *rollout.State, t TakeOver) (*Session, error) {
	rel := &release.Release{}
	if err := json.Unmarshal(state.Spec, rel); err != nil {
		return nil, fmt.Errorf("decode the release in the journal of %s/%s: %w", state.Namespace, state.Release, err)
	}
	s := &Session{cluster: c, release: rel}
	var err error
	if s.gates, err = gatesOf(rel); err != nil {
		return nil, err
	}
	clients, err := clientsOf(c)
	if err != nil {
		return nil, err
	}
	if s.candidate, err = workload.Resume(ctx, clients, state.Workload); err != nil {
		return nil, err
	}
	var opts []istio.Option
	if t.Force {
		opts = append(opts, istio.Force())
	}
	if s.split, err = istio.Resume(ctx, c.Dynamic, state.Routes, opts...); err != nil {
		return nil, err
	}
	stable, err := readDeployment(ctx, c.Dynamic, state.Namespace, rel.Spec.Target.Name)
	if err != nil {
		return nil, err
	}
	if s.service, err = findService(ctx, c.Dynamic, rel, stable); err != nil {
		return nil, err
	}
	return s, s.measure(ctx, stable)
}
