package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// Pod is what a Pod of a Rollout in the cluster knows of its Job. A Job begins
// one Rollout, however many Pods it takes. The zero value is a process that no
// Job has started.
type Pod struct {
	// Job is its name.
	Job string
	// GoesOn is the ID of an unfinished Rollout that the Job was started to go
	// on with; empty where it begins one.
	GoesOn string
}

// The environment variables that tell a Pod.
const (
	VariableJob    = "HEADGATE_JOB"
	VariableGoesOn = "HEADGATE_ROLLOUT"
)

// PodOf is what the environment says.
func PodOf(getenv func(string) string) Pod {
	return Pod{Job: getenv(VariableJob), GoesOn: getenv(VariableGoesOn)}
}

// own says that a Rollout is the Job's.
func (p Pod) own(state *rollout.State) bool {
	return p.Job != "" && (state.Job == p.Job || p.GoesOn != "" && state.ID == p.GoesOn)
}

// past says that the Job's Rollout has ended, and another one was begun since.
func (p Pod) past(state *rollout.State) bool {
	is := func(name string) bool { return name != "" && slices.Contains(state.Earlier, name) }
	return p.Job != "" && !p.own(state) && (is(p.Job) || is(p.GoesOn))
}

// OpenPod is Open for a Pod of a Job. The error is an OverError when the Job's
// Rollout has ended.
func OpenPod(ctx context.Context, c *cluster.Cluster, rel *release.Release, p Pod) (*Session, error) {
	s, err := newSession(c, rel)
	if err != nil {
		return nil, err
	}
	s.pod = p
	if p.Job == "" {
		err = s.open(ctx)
	} else { // no person waits to be told that the API server is away
		err = persist(ctx, func() error { return s.open(ctx) })
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// OverError says that the Job's own Rollout has ended, and how: whoever ended it
// meant it, so no other Pod begins it again.
type OverError struct{ Result report.Result }

func (e *OverError) Error() string {
	return fmt.Sprintf("release %s/%s: the rollout of this job has ended already (%s)", e.Result.Namespace, e.Result.Release, e.Result.Verdict)
}

// over is what a Job's Rollout came to that is not to be begun again; nil when
// it goes on, or is still to begin.
func (p Pod) over(state *rollout.State) error {
	switch {
	case p.own(state) && state.Phase.Ended():
		return &OverError{Result: state.Result(report.Verdict(state.Phase), state.Reason)}
	case p.past(state):
		return fmt.Errorf("release %s/%s: the rollout of this job has ended, and another one (to %s) was begun since; see `headgate status %s -n %s`", state.Namespace, state.Release, state.To, state.Release, state.Namespace)
	default:
		return nil
	}
}

// earlier is how many Rollouts before the present one are remembered by name.
const earlier = 20

// earlierOf are the names under which Jobs would still look for Rollouts that
// the next one replaces on record.
func earlierOf(last *rollout.State) []string {
	if last == nil {
		return nil
	}
	names := append(slices.Clone(last.Earlier), last.ID)
	if last.Job != "" {
		names = append(names, last.Job)
	}
	return names[max(0, len(names)-2*earlier):]
}
