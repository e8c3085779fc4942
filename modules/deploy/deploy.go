// Package deploy brings manifests into a cluster: it renders them, keeps them
// away from what an unfinished Rollout holds, applies them, and waits until they
// are ready.
package deploy

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// Options say how manifests are applied.
type Options struct {
	// NamespaceLabels are put on the namespaces of the workloads, which are
	// created where they are missing.
	NamespaceLabels map[string]string
	// CreateNamespace creates the namespaces of the workloads where they are
	// missing.
	CreateNamespace bool
	// Force takes over fields that others own.
	Force bool
	// SkipRollout changes the version of what a Release rolls out, at once.
	SkipRollout bool
	// Release rolls some of the objects out, which are left to it; nil for none.
	Release *release.Release
	// DryRun writes nothing.
	DryRun bool
	// Wait is how long to wait until all is ready; 0 for not at all.
	Wait time.Duration
	// Inventory is the name under which is noted what was applied; what was
	// noted before and is not in the manifests any more is deleted. Empty: no
	// inventory, nothing is deleted.
	Inventory string
	// Observe is told what happens, a line at a time; nil for nobody.
	Observe func(string)

	// look: nothing will be applied, so nothing needs to be guarded.
	look bool
}

// Result is what applying came to.
type Result struct {
	DryRun  bool              `json:"dryRun,omitempty"`
	Changes []manifest.Change `json:"changes"`
	// Left are the objects that are left to the Release to roll out.
	Left []string `json:"left,omitempty"`
	// Installed is the Release's workload, where it was not there yet and so was
	// applied like anything else.
	Installed string `json:"installed,omitempty"`
	// Ready is nil where nobody waited.
	Ready *bool `json:"ready,omitempty"`
	// Pending are the objects that did not get ready.
	Pending []Pending `json:"pending,omitempty"`
}

// Pending is an object that did not get ready.
type Pending struct {
	Object  string   `json:"object"`
	Message string   `json:"message"`
	Why     []string `json:"why,omitempty"`
}

// Compare says what Apply would do, and writes nothing.
func Compare(ctx context.Context, c *cluster.Cluster, objs []*unstructured.Unstructured, o Options) ([]manifest.Change, error) {
	o.look = true
	d, err := newDeployment(ctx, c, objs, o)
	if err != nil {
		return nil, c.Reachable(err)
	}
	return d.changes(), nil
}

// Apply applies objects. Nothing is written when one of them conflicts with
// somebody else's, or is held by an unfinished Rollout (a *HeldError). The
// error is a *manifest.NotReadyError when all was applied and did not get ready.
func Apply(ctx context.Context, c *cluster.Cluster, objs []*unstructured.Unstructured, o Options) (*Result, error) {
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	d, err := newDeployment(ctx, c, objs, o)
	if err != nil {
		return nil, c.Reachable(err)
	}
	if o.DryRun {
		return d.result(d.changes()), nil
	}
	return d.apply(ctx)
}

// deployment is one Apply on its way.
type deployment struct {
	Options
	cluster   *cluster.Cluster
	applier   *manifest.Applier
	inventory *manifest.Inventory
	objects   []*unstructured.Unstructured
	holds     []hold
	ended     []*rollout.State // of Releases that nobody rolls out now
	left      left
	compared  []manifest.Change
	gone      []manifest.Change
}

func newDeployment(ctx context.Context, c *cluster.Cluster, objs []*unstructured.Unstructured, o Options) (*deployment, error) {
	applier, err := manifest.NewApplier(c.Config, c.Namespace)
	if err != nil {
		return nil, err
	}
	applier.Force = o.Force
	d := &deployment{Options: o, cluster: c, applier: applier}
	if objs, err = d.leave(ctx, objs); err != nil {
		return nil, err
	}
	if d.objects, err = d.withNamespaces(ctx, objs); err != nil {
		return nil, err
	}
	if !o.look {
		if err := d.guard(ctx); err != nil {
			return nil, err
		}
	}
	if d.compared, err = applier.Compare(ctx, d.objects); err != nil {
		return nil, d.orHeld(ctx, err)
	}
	if !o.SkipRollout {
		if err := released(d.ended, d.compared); err != nil {
			return nil, err
		}
	}
	if o.Inventory == "" {
		return d, nil
	}
	if d.inventory, err = applier.OpenInventory(ctx, c.Namespace, o.Inventory); err != nil {
		return nil, err
	}
	if d.gone, err = d.inventory.Gone(ctx, d.applied(d.compared)); err != nil {
		return nil, err
	}
	return d, refuse(d.holds, d.gone)
}

// result is what changes came to.
func (d *deployment) result(changes []manifest.Change) *Result {
	res := &Result{DryRun: d.DryRun, Changes: changes, Installed: d.left.installed}
	for _, obj := range d.left.objects {
		res.Left = append(res.Left, manifest.Describe(obj))
	}
	return res
}

// applied are the objects of changes and those that the Release brings: all that
// the manifests hold.
func (d *deployment) applied(changes []manifest.Change) []*unstructured.Unstructured {
	return append(manifest.Objects(changes), d.left.objects...)
}

// changes are all that will be done, in that order.
func (d *deployment) changes() []manifest.Change {
	return append(append([]manifest.Change{}, d.compared...), d.gone...)
}

func (d *deployment) apply(ctx context.Context) (*Result, error) {
	if err := d.note(ctx); err != nil {
		return nil, err
	}
	done, err := d.applier.Put(ctx, d.compared)
	res := d.result(done)
	for _, c := range done {
		d.Observe(fmt.Sprintf("%s %s", c.Action, c))
	}
	if err != nil {
		return res, d.cluster.Reachable(err)
	}
	if d.inventory != nil {
		if err := d.inventory.Prune(ctx, d.gone, d.applied(done)); err != nil {
			return res, d.cluster.Reachable(err)
		}
		res.Changes = append(res.Changes, d.gone...)
	}
	if d.Wait == 0 {
		return res, nil
	}
	return res, d.wait(ctx, res)
}

// note puts what is about to be applied on the inventory. Namespaces come
// first, for the inventory may live in one of them.
func (d *deployment) note(ctx context.Context) error {
	if d.inventory == nil {
		return nil
	}
	for i, c := range d.compared {
		if c.Kind != "Namespace" {
			continue
		}
		put, err := d.applier.Put(ctx, d.compared[i:i+1])
		if err != nil {
			return d.cluster.Reachable(err)
		}
		d.compared[i].Result = put[0].Result
	}
	return d.inventory.Note(ctx, d.applied(d.compared))
}
