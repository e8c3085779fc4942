package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/workload"
)

// RunOptions accompany a Rollout.
type RunOptions struct {
	// Observe is told of every event.
	Observe func(rollout.Event)
	// watchdog stands by, unless it is nil.
	watchdog rollout.Watchdog
}

// Run checks everything, takes the Lease and rolls out. The Result is nil when
// nothing was begun.
func (s *Session) Run(ctx context.Context, o RunOptions) (*report.Result, error) {
	var same *UnchangedError
	if err := s.preflight(ctx); errors.As(err, &same) {
		return s.unchanged(same), nil
	} else if err != nil {
		return nil, s.cluster.Reachable(err)
	}
	store, holder := s.store(), identity("")
	held, lease, err := acquire(ctx, store, s.name(), holder)
	if err != nil {
		return nil, s.cluster.Reachable(err)
	}
	defer giveBack(ctx, lease)
	s.guard.Arm(lease)
	reader, err := s.source.Open(ctx, s.subject, s.queries())
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // nothing is written through it
	state, err := s.newState(holder)
	if err != nil {
		return nil, err
	}
	guard, err := s.standby(state.ID)
	if err != nil {
		return nil, err
	}
	o.watchdog = watchdogOf(guard)
	return drive(s.deps(store, lease, reader, o), state, s.record, func(r *rollout.Rollout) (report.Result, error) {
		r.TellWarnings()
		return r.Run(held)
	})
}

func (s *Session) store() *journal.Store { return journal.New(s.writer, s.namespace()) }

// freshRecord is the Journal entry to write: none yet, or that of a Rollout
// that has ended.
func (s *Session) freshRecord(ctx context.Context) (*journal.Record, error) {
	store := s.store()
	record, err := store.Load(ctx, s.name())
	if errors.Is(err, journal.ErrNotFound) {
		return &journal.Record{}, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		return nil, err
	}
	if err := s.pod.over(state); err != nil {
		return nil, err
	}
	if state.Phase.Ended() {
		s.last = state
		return record, nil
	}
	// A job that was killed a moment ago still has the Lease.
	driver, err := store.Alive(ctx, s.name())
	if err != nil {
		return nil, err
	}
	if driver != "" {
		return nil, &journal.HeldError{Namespace: s.namespace(), Release: s.name(), Holder: driver, Renewed: time.Now()}
	}
	return nil, &UnfinishedError{State: state, Own: s.began(state)}
}

// began says that the unfinished Rollout is of this very Release, and that no
// person is to decide about it: a job that is run again goes on with it.
func (s *Session) began(state *rollout.State) bool {
	spec, err := json.Marshal(s.release)
	return err == nil && state.Phase != rollout.Held && bytes.Equal(compact(spec), compact(state.Spec))
}

func compact(doc []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, doc) != nil {
		return doc
	}
	return b.Bytes()
}

// UnfinishedError says that an earlier Rollout of this Release waits for a
// person, or lost its driver.
type UnfinishedError struct {
	State *rollout.State
	// Own says that it is of the same Release to the letter and was cut short.
	Own bool
}

func (e *UnfinishedError) Error() string {
	s := e.State
	why := ""
	if s.Reason != "" {
		why = ": " + s.Reason
	}
	return fmt.Sprintf("release %[1]s/%[2]s has an unfinished rollout (to %[4]s, %[3]s at step %[6]q%[5]s); `headgate resume %[2]s -n %[1]s` goes on with it, `headgate promote %[2]s -n %[1]s` finishes it, `headgate rollback %[2]s -n %[1]s` puts everything back",
		s.Namespace, s.Release, s.Phase, s.To, why, s.CurrentStep())
}

func (s *Session) newState(holder string) (*rollout.State, error) {
	state := rollout.NewState(randomID(), s.namespace(), s.name(), "canary", s.steps, s.settings)
	spec, err := json.Marshal(s.release)
	if err != nil {
		return nil, fmt.Errorf("encode the release: %w", err)
	}
	state.Unseen = s.unseen
	state.Job, state.Earlier = s.pod.Job, earlierOf(s.last)
	if s.last != nil {
		state.History = s.last.Pasts()
	}
	state.Spec, state.Holder, state.Source, state.Warnings = spec, holder, s.source.Name(), s.warnings
	for _, img := range s.candidate.Plan().Images {
		state.From, state.To = img.From, img.To
		break
	}
	return state, nil
}

func (s *Session) deps(store *journal.Store, lease *journal.Lease, reader metrics.Reader, o RunOptions) rollout.Deps {
	underway, _ := s.proxies.(rollout.Underway) // nil where proxies cannot be asked
	return rollout.Deps{Underway: underway, Routes: s.split, Workload: s.reachable(), Reader: reader, History: s.before, Proxies: s.proxies, Bypassed: s.bypassed, Witness: s.inbound, Named: s.named(), Gates: s.gates, Records: store, Driver: lease, Watchdog: o.watchdog, Observe: o.Observe}
}

func drive(deps rollout.Deps, state *rollout.State, record *journal.Record, do func(*rollout.Rollout) (report.Result, error)) (*report.Result, error) {
	r, err := rollout.New(deps, state, record)
	if err != nil {
		return nil, err
	}
	if w, ok := deps.Workload.(interface{ Notify(fn func(text string)) }); ok {
		w.Notify(r.Warn)
	}
	if w, ok := deps.Workload.(interface {
		Observe(fn func(workload.Status))
	}); ok {
		w.Observe(nearer(r.Progress))
	}
	res, err := do(r)
	return &res, err
}

// nearer tells of a wait when it has come nearer, or is in other trouble.
func nearer(tell func(text string)) func(workload.Status) {
	told := ""
	return func(s workload.Status) {
		text := s.Progress()
		if text != "" && text != told {
			tell(text)
		}
		told = text
	}
}

// giveBack gives the Lease back also when the Rollout was interrupted.
func giveBack(ctx context.Context, lease *journal.Lease) {
	_ = lease.Release(context.WithoutCancel(ctx)) // it expires by itself otherwise
}
