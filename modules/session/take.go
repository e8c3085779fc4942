package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Action is what is done with an unfinished Rollout.
type Action string

// The actions. Again is what a job that is run again does: it goes on as Resume
// does, and what a person asked of its former driver holds.
const (
	Again    Action = "run"
	Resume   Action = "resume"
	Promote  Action = "promote"
	Rollback Action = "rollback"
)

// TakeOver says what to do with a Rollout that nobody drives.
type TakeOver struct {
	Do Action
	// Force overwrites what others changed in the routes and in stable since.
	Force bool
	// GoBack has a Rollback that finds a promotion take that back, too. A watchdog
	// never means that.
	GoBack bool
	// Reason is why everything is put back, for the report.
	Reason string
	// As names what drives where no person does.
	As string
	// Job is the one in the cluster that drives; its next Pod goes on.
	Job string
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
	s, err := newSession(c, &release.Release{})
	if err != nil {
		return nil, err
	}
	store := journal.New(s.writer, c.Namespace)
	store.Tell = t.notice
	if _, err := load(ctx, c, store, name); err != nil { // writes nothing for a wrong name
		return nil, err
	}
	holder := identity(t.As)
	held, lease, err := acquire(ctx, store, name, holder)
	if err != nil {
		return nil, c.Reachable(err)
	}
	defer giveBack(ctx, lease)
	s.guard.Arm(lease)
	var record *journal.Record
	var state *rollout.State
	err = persist(held, func() (err error) {
		record, state, err = claim(held, store, name, holder, t.Job)
		return err
	})
	if err != nil {
		return nil, because(held, err)
	}
	if state.Phase.Ended() {
		if err := because(held, lease.Check(held)); errors.Is(err, journal.ErrFenced) { // it was ended by who took over
			return nil, err
		}
		if t.GoBack && state.Phase == rollout.Promoted {
			state.Holder = holder
			return s.goBack(held, store, lease, record, state, t)
		}
		res, err := ended(state, t.Do)
		if err == nil {
			t.notice(fmt.Sprintf("nothing to do: the rollout has ended (%s)", state.Phase))
		}
		return res, err
	}
	reader, err := s.reopen(held, lease, state, t)
	if err != nil {
		return nil, because(held, err)
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
		case Resume:
			r.Unpause()
		}
		return r.Run(held)
	})
}

func (t TakeOver) notice(text string) {
	if t.Observe != nil {
		t.Observe(rollout.Event{Time: time.Now(), Kind: rollout.EventNotice, Text: text})
	}
}

// load reads a Release's record, or says that there is none.
func load(ctx context.Context, c *cluster.Cluster, store *journal.Store, name string) (*journal.Record, error) {
	record, err := store.Load(ctx, name)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, fmt.Errorf("release %s/%s has no rollout on record; `headgate list -A` shows those there are", c.Namespace, name)
	}
	return record, c.Reachable(err)
}

// claims is how often a record is read again because the former driver's last
// write of it arrived late.
const claims = 5

// claim reads the record when the Lease is ours and writes our name into it:
// what the former driver had on its way has arrived by then, or never will.
func claim(ctx context.Context, store *journal.Store, name, holder, job string) (*journal.Record, *rollout.State, error) {
	for try := 1; ; try++ {
		record, err := store.Load(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		state, err := rollout.DecodeState(record.Data)
		if err != nil || state.Phase.Ended() {
			return record, state, err
		}
		state.Holder, state.Job = holder, cmp.Or(state.Job, job)
		if record.Data, err = json.Marshal(state); err != nil {
			return nil, nil, fmt.Errorf("encode the rollout's state: %w", err)
		}
		err = store.Save(ctx, record)
		if err == nil {
			return record, state, nil
		}
		if !errors.Is(err, journal.ErrFenced) || try == claims {
			return nil, nil, err
		}
	}
}

// ended says that there is nothing left to do, which is as asked where the
// Rollout came to what the command is for.
func ended(state *rollout.State, do Action) (*report.Result, error) {
	res := state.Result(report.Verdict(state.Phase), state.Reason)
	asked := do != Rollback
	if asked == (state.Phase == rollout.Promoted) {
		return &res, nil
	}
	return nil, fmt.Errorf("release %s/%s: its last rollout has ended (%s); there is nothing to %s", state.Namespace, state.Release, state.Phase, do)
}

// reopen rebuilds a Session from a Journal. Only what the Rollout works on must
// be there: without metrics things can still be put back.
func (s *Session) reopen(ctx context.Context, lease *journal.Lease, state *rollout.State, t TakeOver) (metrics.Reader, error) {
	clients, err := s.clients()
	if err != nil {
		return nil, err
	}
	var work []workload.Option
	var routes []istio.Option
	if t.Force {
		work, routes = append(work, workload.Force()), append(routes, istio.Force())
	}
	if s.candidate, err = workload.Resume(ctx, clients, state.Workload, work...); err != nil {
		return nil, err
	}
	if s.split, err = istio.Resume(ctx, s.writer, state.Routes, routes...); err != nil {
		return nil, err
	}
	// Before anything of theirs is read.
	if err := persist(ctx, func() error { return fence(ctx, lease, s.split, s.candidate) }); err != nil {
		return nil, err
	}
	reader, err := s.resight(ctx, state, t.Do)
	if err == nil {
		return reader, nil
	}
	if t.Do != Rollback {
		return nil, err
	}
	t.notice(fmt.Sprintf("putting back without looking at the traffic: %v", err))
	s.gates, s.proxies, s.inbound = nil, nil, nil
	return unreadable{err}, nil
}

// resight finds again what is looked at: the Release's gates and metrics.
func (s *Session) resight(ctx context.Context, state *rollout.State, do Action) (metrics.Reader, error) {
	err := json.Unmarshal(state.Spec, s.release)
	if err != nil {
		return nil, fmt.Errorf("decode the release in the journal of %s/%s: %w", state.Namespace, state.Release, err)
	}
	if s.gates, err = gatesOf(s.release); err != nil {
		return nil, err
	}
	stable, err := readDeployment(ctx, s.cluster.Dynamic, state.Namespace, s.release.Spec.Target.Name)
	if err != nil {
		return nil, err
	}
	if s.service, err = findService(ctx, s.cluster.Dynamic, s.release, stable); err != nil {
		return nil, err
	}
	if err := s.measure(ctx, stable); err != nil {
		return nil, err
	}
	s.subject.Routed = state.Weight > 0
	if do == Rollback {
		return &later{open: s.reopenReader}, nil
	}
	reader, err := s.reopenReader(ctx)
	if err != nil { // metrics may come back; the engine knows what to do without
		return unreadable{err}, nil
	}
	return reader, nil
}

// reopenReader opens the metrics as the preflight of a Run does.
func (s *Session) reopenReader(ctx context.Context) (metrics.Reader, error) {
	if len(s.split.Ways().Bypasses) > 0 && s.source.Check(ctx, s.subject) == nil {
		_ = s.setAside(ctx) // what it says stands in the state
	}
	return s.source.Open(ctx, s.subject, s.queries())
}
