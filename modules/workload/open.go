package workload

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

func open(ctx context.Context, clients Clients, opts Options) (*Candidate, error) {
	if len(opts.Images) == 0 && len(opts.Manifests) == 0 {
		return nil, fmt.Errorf("%s: give new images or new manifests", object("Deployment", opts.Namespace, opts.Name))
	}
	c := &Candidate{clients: clients, contents: map[string]*unstructured.Unstructured{}}
	c.state = state{
		Version: stateVersion, Namespace: opts.Namespace, Name: opts.Name, Release: opts.Release,
		Timeout: opts.Timeout, Patience: opts.Patience, Interval: opts.Interval,
	}
	live, err := c.readStable(ctx)
	if err != nil {
		return nil, err
	}
	c.state.UID, c.state.Size = string(live.GetUID()), replicasOf(live)
	c.state.ClientSide, c.state.Written = clientSide(live), written(live)
	c.state.Plan = Plan{Stable: c.stable(), Candidate: c.candidateObject(), StableReplicas: c.state.Size, FixedReplicas: opts.Replicas}
	scaled, err := c.readAutoscaler(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.readVersion(ctx, live, opts, scaled); err != nil {
		return nil, err
	}
	if err := c.plan(live, opts); err != nil {
		return nil, err
	}
	c.look(ctx, live)
	if !c.Differs() {
		return c, nil
	}
	return c, c.checkLeftover(ctx)
}

// readVersion finds what the new version changes: stable's fields, and
// ConfigMaps and Secrets.
func (c *Candidate) readVersion(ctx context.Context, live *unstructured.Unstructured, opts Options, scaled bool) error {
	if len(opts.Manifests) == 0 {
		next, err := withImages(live, opts.Images)
		if err != nil {
			return err
		}
		c.state.Fields = fieldsBetween(live, next)
		return nil
	}
	given, err := sortManifests(opts.Manifests, opts.Namespace, opts.Name)
	if err != nil {
		return err
	}
	if len(given.ignored) > 0 {
		c.warn("left alone in the manifests, for only the Deployment, ConfigMaps and Secrets are rolled out: %s", strings.Join(given.ignored, ", "))
	}
	if given.deployment, err = withImages(given.deployment, opts.Images); err != nil {
		return err
	}
	next, err := withManifest(live, given.deployment, scaled)
	if err != nil {
		return err
	}
	c.state.Fields = fieldsBetween(live, next)
	if err := c.settle(ctx, live); err != nil {
		return err
	}
	for _, obj := range given.config {
		if err := c.readConfig(ctx, obj); err != nil {
			return err
		}
	}
	return nil
}

// settle asks the API server, by a dry run, what the fields will look like with
// its defaults, and drops those that are as they should be already.
func (c *Candidate) settle(ctx context.Context, live *unstructured.Unstructured) error {
	ops, err := patchFor(live, c.state.Fields)
	if err != nil || len(ops) == 0 {
		return err
	}
	got, err := c.patchStable(ctx, ops, metav1.DryRunAll)
	switch {
	case err == nil:
	case unable(err):
		c.warn("%s: the API server did not make the dry run (%v), so what is only spelled differently counts as a change", c.stable(), err)
		for i := range c.state.Fields {
			c.state.Fields[i].LooseTarget = true
		}
		return nil
	default:
		return refused("dry run of the new version on", c.stable(), err)
	}
	c.state.Fields = settled(c.state.Fields, got)
	return nil
}

func settled(fields []field, got *unstructured.Unstructured) []field {
	var out []field
	for _, f := range fields {
		f.Target = f.in(got)
		if !equal(f.Former, f.Target) {
			out = append(out, f)
		}
	}
	return out
}

func (c *Candidate) patchStable(ctx context.Context, ops []operation, dryRun ...string) (*unstructured.Unstructured, error) {
	data, err := encodePatch(ops)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.api(deployments).Patch(ctx, c.state.Name, types.JSONPatchType, data, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun})
}

// checkLeftover refuses to start over another candidate: traffic may go to it.
func (c *Candidate) checkLeftover(ctx context.Context) error {
	for _, t := range c.twins() {
		cur, err := c.find(ctx, t)
		if err != nil {
			return err
		}
		if err := c.checkSame(t, cur); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) checkSame(t twin, cur *unstructured.Unstructured) error {
	switch {
	case cur == nil:
		return nil
	case !c.ours(cur):
		return fmt.Errorf("%s is there and was not made for release %s: rename or delete it, the %s needs the name", deployment(cur), c.state.Release, t.role)
	case cur.GetAnnotations()[annotationHash] != t.deployment().GetAnnotations()[annotationHash]:
		return fmt.Errorf("%s is left from another rollout and runs another version: `headgate rollback %s -n %s`, or delete it once no route sends to it", deployment(cur), c.state.Release, c.state.Namespace)
	}
	return nil
}
