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
	"github.com/headgate-ci/headgate/modules/traffic"
)

// Status is where a Rollout stands, as its Journal says.
type Status struct {
	Namespace string
	Release   string
	Phase     string
	// Weight is the new version's share in percent: the candidate's, and all when
	// stable has its version.
	Weight int
	// Baseline is the baseline's share; 0 without one.
	Baseline  int
	Step      string
	StepIndex int
	StepCount int
	Driver    string
	// Reason is why it stands as it does, when it does not just go on, and Next what
	// a person can type then.
	Reason  string
	Next    string
	Started time.Time
	Written time.Time
	// Result is the report so far; its verdict is final once Phase has ended.
	Result report.Result

	about rollout.About
	look  *rollout.Look // the current step's latest, as its driver showed it
}

// Settled says that nothing will change until somebody takes the Rollout up.
func (s *Status) Settled() bool {
	return rollout.Phase(s.Phase).Ended() || s.Driver == ""
}

// Over says that nothing more happens unless a person wants it: the Rollout has
// ended, or is held.
func (s *Status) Over() bool {
	phase := rollout.Phase(s.Phase)
	return phase.Ended() || phase == rollout.Held
}

// Interrupted is the phase of a Rollout that is unfinished and has no driver. It
// is not on record: who dies writes nothing.
const Interrupted = "interrupted"

// drivenBy notes who drives. A Rollout that nobody drives does not run.
func (s *Status) drivenBy(driver string) {
	s.Driver = driver
	if driver != "" || s.Over() {
		return
	}
	reason := "nobody drives it any more; it was " + s.Phase
	if s.Reason != "" {
		reason += ": " + s.Reason
	}
	s.Phase, s.Reason = Interrupted, reason
	s.Next = fmt.Sprintf("`headgate resume %[1]s -n %[2]s` goes on, `headgate rollback %[1]s -n %[2]s` puts everything back", s.Release, s.Namespace)
	s.Result.Reason, s.Result.Next = s.Reason, s.Next
}

// Line is the status in one line.
func (s *Status) Line() string {
	line := fmt.Sprintf("%s/%s: %s, new version at %s", s.Namespace, s.Release, s.Phase, traffic.Weights{Candidate: s.Weight, Baseline: s.Baseline})
	if s.Step != "" {
		line += fmt.Sprintf(", step %d of %d (%s)", s.StepIndex+1, s.StepCount, s.Step)
	}
	switch {
	case s.Over():
		return line
	case s.Driver == "":
		return line + "; nobody drives it any more: " + s.Next
	case s.Next != "":
		return line + "; driven by " + s.Driver + "; " + s.Next
	default:
		return line + "; driven by " + s.Driver
	}
}

// Look reads one Rollout's status; journal.ErrNotFound when none is on record.
func Look(ctx context.Context, c *cluster.Cluster, namespace, name string) (*Status, error) {
	store := journal.New(c.Dynamic, namespace)
	record, err := store.Load(ctx, name)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, fmt.Errorf("%w; `headgate list -A` shows those there are", err)
	}
	if err != nil {
		return nil, c.Reachable(err)
	}
	st, err := statusOf(record)
	if err != nil {
		return nil, err
	}
	driver, err := store.Holder(ctx, name)
	if err == nil {
		st.drivenBy(driver)
	}
	return st, err
}

func statusOf(record *journal.Record) (*Status, error) {
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		return nil, fmt.Errorf("journal %s/%s: %w", record.Namespace, journal.Name(record.Release), err)
	}
	st := &Status{
		Namespace: state.Namespace, Release: state.Release, Phase: string(state.Phase), Weight: state.Weight, Baseline: state.Baseline, Reason: state.Reason, Next: state.Next,
		StepIndex: state.Current, StepCount: len(state.Steps), Step: state.CurrentStep(), Started: state.Started, Written: record.Written,
	}
	if state.Committed && state.Phase != rollout.RolledBack {
		st.Weight = 100
	}
	st.Result = state.Result(verdictOf(state.Phase), state.Reason)
	st.about, st.look = state.About(), state.Look(record.Written)
	return st, nil
}

// verdictOf is the verdict that a phase amounts to.
func verdictOf(p rollout.Phase) report.Verdict {
	if p.Ended() || p == rollout.Held {
		return report.Verdict(p)
	}
	return report.Unfinished
}

// Ask leaves a request with whoever drives the Release in the connection's
// namespace, waits until it has been read, and says by whom; empty when nobody
// drives, also when a driver that was killed still has the Lease: it is waited
// for until that has expired.
func Ask(ctx context.Context, c *cluster.Cluster, name string, r journal.Request) (string, error) {
	driver, err := journal.New(c.Dynamic, c.Namespace).Ask(ctx, name, r)
	return driver, c.Reachable(err)
}
