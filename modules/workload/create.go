package workload

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// Check asks the API server by dry runs whether it would take the candidate, and
// the baseline, so that a policy that forbids them is known before anything is
// written.
func (c *Candidate) Check(ctx context.Context) error {
	for _, t := range c.twins() {
		if err := c.check(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) check(ctx context.Context, t twin) error {
	dep, err := c.sized(ctx, t, 1)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = c.api(deployments).Create(ctx, dep, metav1.CreateOptions{FieldManager: fieldManager, DryRun: []string{metav1.DryRunAll}})
	if err == nil || apierrors.IsAlreadyExists(err) || apierrors.IsBadRequest(err) {
		return nil // BadRequest: a webhook that knows no dry runs; Create will tell
	}
	return refused("dry run of creating", t.object(), err)
}

// Create makes the candidate's ConfigMaps, Secrets and Deployment, big enough
// for a weight in percent, and at the same time the baseline of the same size.
// It does not wait: EnsureCapacity does.
func (c *Candidate) Create(ctx context.Context, weight int) error {
	for _, item := range c.state.Config {
		if err := c.createConfig(ctx, item); err != nil {
			return err
		}
	}
	for _, t := range c.twins() {
		if err := c.create(ctx, t, weight); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) create(ctx context.Context, t twin, weight int) error {
	dep, err := c.sized(ctx, t, weight)
	if err != nil {
		return err
	}
	cur, err := createOrFind(ctx, c.api(deployments), dep)
	if err != nil {
		return refused("create", t.object(), err)
	}
	return c.checkSame(t, cur)
}

// sized is a Deployment with the size for a weight.
func (c *Candidate) sized(ctx context.Context, t twin, weight int) (*unstructured.Unstructured, error) {
	n, err := c.replicas(ctx, weight)
	if err != nil {
		return nil, err
	}
	dep := t.deployment()
	if err := unstructured.SetNestedField(dep.Object, int64(n), replicasPath...); err != nil {
		return nil, fmt.Errorf("%s: %w", t.object(), err)
	}
	return dep, nil
}

func (c *Candidate) createConfig(ctx context.Context, item configItem) error {
	api, name := c.api(item.resource()), object(item.Kind, c.state.Namespace, item.copyName())
	want := c.contents[item.Kind+"/"+item.copyName()]
	if want == nil { // resumed: the content is in the cluster or lost
		cur, err := find(ctx, api, item.copyName())
		if err != nil {
			return refused("read", name, err)
		}
		if cur == nil || !c.ours(cur) {
			return fmt.Errorf("%s: its content went with the process that began the rollout: roll back and start again", name)
		}
		return nil
	}
	cur, err := createOrFind(ctx, api, want)
	if err != nil {
		return refused("create", name, err)
	}
	switch {
	case !c.ours(cur):
		return fmt.Errorf("%s is there and was not made for release %s: rename or delete it, the candidate needs the name", name, c.state.Release)
	case !equal(content(cur), content(want)):
		return fmt.Errorf("%s is left from another rollout and holds something else: `headgate rollback %s -n %s`, or delete it", name, c.state.Release, c.state.Namespace)
	}
	return nil
}

// createOrFind creates an object, or returns the one that is there already.
func createOrFind(ctx context.Context, api dynamic.ResourceInterface, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	cctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	made, err := api.Create(cctx, obj, metav1.CreateOptions{FieldManager: fieldManager})
	if !apierrors.IsAlreadyExists(err) {
		return made, err
	}
	cur, ferr := find(ctx, api, obj.GetName())
	if ferr == nil && cur == nil {
		return nil, err // gone again in between: the caller tries anew
	}
	return cur, ferr
}
