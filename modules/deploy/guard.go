package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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

// orHeld tells of the Rollout that holds an object, where a conflict is with it:
// its fields cannot be taken over.
func (d *deployment) orHeld(ctx context.Context, err error) error {
	var c *manifest.ConflictError
	if !errors.As(err, &c) {
		return err
	}
	holds := d.holds
	if d.look {
		// What cannot be read leaves the conflict as it is.
		holds, _, _ = holdsIn(ctx, d.cluster, d.applier.Placed(d.objects))
	}
	for _, h := range holds {
		if h.objects[c.Object] {
			return heldBy(h.state, c.Object)
		}
	}
	return err
}

func heldBy(s *rollout.State, objects ...string) *HeldError {
	return &HeldError{Objects: objects, Namespace: s.Namespace, Release: s.Release, Phase: string(s.Phase), Step: s.CurrentStep()}
}

// hold is what an unfinished Rollout works on: routes, subsets, and the
// Deployment that is stable.
type hold struct {
	state *rollout.State
	// objects are named as manifest.Change names them.
	objects map[string]bool
}

// guard refuses changes to what unfinished Rollouts hold. It looks before
// anything else does: that the weights belong to somebody else is then no
// conflict, but has a reason.
func (d *deployment) guard(ctx context.Context) error {
	objs := d.applier.Placed(d.objects)
	var err error
	if d.holds, d.ended, err = holdsIn(ctx, d.cluster, objs); err != nil || len(d.holds) == 0 {
		return err
	}
	var touched []*unstructured.Unstructured
	for _, obj := range objs {
		if slices.ContainsFunc(d.holds, func(h hold) bool { return h.objects[manifest.Describe(obj)] }) {
			touched = append(touched, obj)
		}
	}
	forced := *d.applier
	forced.Force = true
	changes, err := forced.Compare(ctx, touched)
	if err != nil {
		return err
	}
	return refuse(d.holds, changes)
}

// refuse is the error for changes to what is held; nil when there are none.
func refuse(holds []hold, changes []manifest.Change) error {
	for _, h := range holds {
		if touched := touching(changes, h.objects); len(touched) > 0 {
			return heldBy(h.state, touched...)
		}
	}
	return nil
}

// holdsIn are the holds of all unfinished Rollouts that can be seen, and those
// that have ended.
func holdsIn(ctx context.Context, c *cluster.Cluster, objs []*unstructured.Unstructured) (out []hold, ended []*rollout.State, err error) {
	entries, err := records(ctx, c, objs)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		state, err := stateOf(e)
		if err != nil && !anyIn(objs, e.Namespace) {
			continue // a damaged record elsewhere is no reason to stop here
		}
		if err != nil {
			return nil, nil, err
		}
		if state.Phase.Ended() {
			ended = append(ended, state)
			continue
		}
		held, err := holdsOf(ctx, c, state)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, hold{state: state, objects: held})
	}
	return out, ended, nil
}

func stateOf(e journal.Entry) (*rollout.State, error) {
	if e.Err != nil {
		return nil, e.Err
	}
	state, err := rollout.DecodeState(e.Record.Data)
	if err != nil {
		return nil, fmt.Errorf("journal %s/%s: %w", e.Namespace, e.Name, err)
	}
	return state, nil
}

// records are the Journals of the cluster, or of the objects' namespaces where
// no more may be read.
func records(ctx context.Context, c *cluster.Cluster, objs []*unstructured.Unstructured) ([]journal.Entry, error) {
	all, err := journal.New(c.Dynamic, "").List(ctx)
	if !apierrors.IsForbidden(err) {
		return all, err
	}
	seen := map[string]bool{"": true}
	for _, obj := range objs {
		ns := obj.GetNamespace()
		if seen[ns] {
			continue
		}
		seen[ns] = true
		more, err := journal.New(c.Dynamic, ns).List(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// anyIn says that one of the objects is in a namespace.
func anyIn(objs []*unstructured.Unstructured, namespace string) bool {
	return slices.ContainsFunc(objs, func(o *unstructured.Unstructured) bool { return o.GetNamespace() == namespace })
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
