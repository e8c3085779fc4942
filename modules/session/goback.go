package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/workload"
)

// goBack takes a promotion back: stable gets the version that it had before.
func (s *Session) goBack(ctx context.Context, store *journal.Store, lease *journal.Lease, record *journal.Record, state *rollout.State, t TakeOver) (*report.Result, error) {
	reader, err := s.reopen(ctx, lease, state, t)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer reader.Close() //nolint:errcheck // nothing is written through it
	if err := s.candidate.CheckGoBack(ctx); err != nil {
		return nil, s.notBack(state, err)
	}
	t.notice(fmt.Sprintf("its last rollout was promoted (%s → %s); going back to %s", state.From, state.To, state.From))
	return drive(s.deps(store, lease, reader, RunOptions{Observe: t.Observe}), state, record, func(r *rollout.Rollout) (report.Result, error) {
		return r.GoBack(ctx, t.reason()+" after the promotion")
	})
}

// notBack says what to do instead.
func (s *Session) notBack(state *rollout.State, err error) error {
	next := ""
	var theirs *workload.ConflictError
	if errors.As(err, &theirs) {
		next = fmt.Sprintf("; roll out the version that you want with `headgate run`, or put back what stood before the promotion with `headgate rollback %s -n %s --force`", state.Release, state.Namespace)
	}
	return fmt.Errorf("release %s/%s cannot go back from %s to %s: %w%s", state.Namespace, state.Release, state.To, state.From, err, next)
}

// Former is the Release that rolls out, past its gates, what served before its
// last Rollout was promoted.
func Former(ctx context.Context, c *cluster.Cluster, name string) (*release.Release, error) {
	record, err := load(ctx, c, journal.New(c.Dynamic, c.Namespace), name)
	if err != nil {
		return nil, err
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		return nil, err
	}
	if state.Phase != rollout.Promoted {
		return nil, fmt.Errorf("release %s/%s: its last rollout is %s, and --gated takes back one that was promoted", state.Namespace, state.Release, state.Phase)
	}
	former, err := workload.Resume(ctx, workload.Clients{}, state.Workload)
	if err != nil {
		return nil, err
	}
	rel := &release.Release{}
	if err := json.Unmarshal(state.Spec, rel); err != nil {
		return nil, fmt.Errorf("decode the release in the journal of %s/%s: %w", state.Namespace, state.Release, err)
	}
	images, err := former.FormerImages()
	if err != nil {
		return nil, fmt.Errorf("release %s/%s cannot go back past gates: %w", state.Namespace, state.Release, err)
	}
	rel.Spec.Candidate.Image, rel.Spec.Candidate.Images, rel.Spec.Candidate.Manifests = "", images, nil
	return rel, nil
}

// History are the last Rollouts of a Release, newest first.
func History(ctx context.Context, c *cluster.Cluster, name string) ([]rollout.Past, error) {
	record, err := load(ctx, c, journal.New(c.Dynamic, c.Namespace), name)
	if err != nil {
		return nil, err
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		return nil, err
	}
	return state.Pasts(), nil
}
