package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
)

// HeldError says that an unfinished Rollout works on what would be changed.
type HeldError struct {
	Objects            []string
	Namespace, Release string
	Phase, Step        string
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%[1]s: held by the unfinished rollout of release %[2]s/%[3]s (%[4]s, step %[5]q), whose weights this would overwrite; wait for it, or end it with `headgate promote %[3]s -n %[2]s` or `headgate rollback %[3]s -n %[2]s`",
		strings.Join(e.Objects, ", "), e.Namespace, e.Release, e.Phase, e.Step)
}

// guard refuses changes to what unfinished Rollouts hold: routes, subsets, and
// the Deployment that is stable.
func guard(ctx context.Context, c *cluster.Cluster, changes []manifest.Change) error {
	entries, err := records(ctx, c, changes)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Err != nil && !changesIn(changes, e.Namespace) {
			continue // a damaged record elsewhere is no reason to stop here
		}
		if e.Err != nil {
			return e.Err
		}
		state, err := rollout.DecodeState(e.Record.Data)
		if err != nil {
			return err
		}
		if state.Phase.Ended() {
			continue
		}
		held, err := holdsOf(ctx, c, state)
		if err != nil {
			return err
		}
		if touched := touching(changes, held); len(touched) > 0 {
			return &HeldError{Objects: touched, Namespace: state.Namespace, Release: state.Release, Phase: string(state.Phase), Step: state.CurrentStep()}
		}
	}
	return nil
}

// records are the Journals of the cluster, or of the changes' namespaces where
// no more may be read.
func records(ctx context.Context, c *cluster.Cluster, changes []manifest.Change) ([]journal.Entry, error) {
	all, err := journal.New(c.Dynamic, "").List(ctx)
	if !apierrors.IsForbidden(err) {
		return all, err
	}
	seen := map[string]bool{"": true}
	for _, ch := range changes {
		if seen[ch.Namespace] {
			continue
		}
		seen[ch.Namespace] = true
		more, err := journal.New(c.Dynamic, ch.Namespace).List(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// changesIn says that something would change in a namespace.
func changesIn(changes []manifest.Change, namespace string) bool {
	return slices.ContainsFunc(changes, func(c manifest.Change) bool { return c.Namespace == namespace })
}

// holdsOf are the objects that a Rollout works on, by what manifest.Change
// calls them.
func holdsOf(ctx context.Context, c *cluster.Cluster, state *rollout.State) (map[string]bool, error) {
	held := map[string]bool{}
	var rel release.Release
	if len(state.Spec) > 0 && json.Unmarshal(state.Spec, &rel) == nil {
		held[fmt.Sprintf("Deployment %s/%s", state.Namespace, rel.Spec.Target.Name)] = true
	}
	if len(state.Routes) == 0 {
		return held, nil
	}
	split, err := istio.Resume(ctx, c.Dynamic, state.Routes)
	if err != nil {
		return nil, fmt.Errorf("release %s/%s: %w", state.Namespace, state.Release, err)
	}
	for _, o := range split.Objects() {
		held[o.String()] = true
	}
	return held, nil
}

func touching(changes []manifest.Change, held map[string]bool) []string {
	var out []string
	for _, c := range changes {
		if c.Action != manifest.Unchanged && held[c.String()] {
			out = append(out, c.String())
		}
	}
	return out
}
