package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/optimistic"
)

// Remove takes candidate and baseline away: their Deployments, then, once the
// Pods are gone, the candidate's ConfigMaps and Secrets. Traffic must be elsewhere by then; the Pods
// get their grace period all the same. Objects that the new version brought
// under names of their own stay after a promotion.
func (c *Candidate) Remove(ctx context.Context) error {
	if err := c.removeTwins(ctx, c.twins()...); err != nil {
		return err
	}
	for _, item := range c.state.Config {
		if err := c.removeConfig(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) removeConfig(ctx context.Context, item configItem) error {
	if item.New && c.state.Promoted {
		return c.release(ctx, item)
	}
	names := []string{item.copyName()}
	if !item.New {
		names = append(names, item.Name+formerSuffix)
	}
	for _, name := range names {
		if err := c.delete(ctx, item.resource(), item.Kind, name, metav1.DeletePropagationBackground); err != nil {
			return err
		}
	}
	return nil
}

// delete deletes what this Release made, as it was read, and nothing else.
func (c *Candidate) delete(ctx context.Context, r schema.GroupVersionResource, kind, name string, how metav1.DeletionPropagation) error {
	what := object(kind, c.state.Namespace, name)
	return optimistic.Write(ctx, what, func() (bool, error) {
		cur, err := find(ctx, c.api(r), name)
		if err != nil {
			return false, refused("read", what, err)
		}
		if cur == nil || !c.ours(cur) || cur.GetDeletionTimestamp() != nil {
			return false, nil
		}
		uid, version := cur.GetUID(), cur.GetResourceVersion()
		dctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		err = c.api(r).Delete(dctx, name, metav1.DeleteOptions{PropagationPolicy: &how, Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		raced, err := optimistic.Raced(err)
		if err != nil {
			err = refused("delete", what, err)
		}
		return raced, err
	})
}

// release takes our marks off an object that is the user's from now on.
func (c *Candidate) release(ctx context.Context, item configItem) error {
	cur, err := find(ctx, c.api(item.resource()), item.Name)
	if err != nil {
		return refused("read", object(item.Kind, c.state.Namespace, item.Name), err)
	}
	if cur == nil {
		return nil
	}
	labels := map[string]any{}
	for k := range ownLabels(roleCandidate, c.state.Release) {
		labels[k] = nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels, "resourceVersion": cur.GetResourceVersion()}})
	if err != nil {
		return fmt.Errorf("encode the patch: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = c.api(item.resource()).Patch(ctx, item.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsNotFound(err) {
		return refused("take the rollout's labels off", object(item.Kind, c.state.Namespace, item.Name), err)
	}
	return nil
}

// waitGone waits until the Deployment and all its Pods are gone.
func (c *Candidate) waitGone(ctx context.Context, t twin) error {
	began, limit := time.Now(), max(c.state.Timeout, t.grace()+30*time.Second)
	ticker := time.NewTicker(c.state.Interval)
	defer ticker.Stop()
	for {
		left, err := c.left(ctx, t)
		if err == nil && len(left) == 0 {
			return nil
		}
		if time.Since(began) >= limit {
			if err != nil {
				return refused("wait for the end of", t.object(), err)
			}
			return fmt.Errorf("%s is deleted, but after %s there is still %s: see whether finalizers or a lost node hold it", t.object(), limit, strings.Join(left, ", "))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the end of %s: %w", t.object(), context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// left names what is still there of a twin.
func (c *Candidate) left(ctx context.Context, t twin) ([]string, error) {
	dep, err := find(ctx, c.api(deployments), t.name())
	if err != nil {
		return nil, err
	}
	items, err := list(ctx, c.api(pods), metav1.ListOptions{LabelSelector: selectorString(t.role, c.state.Release)})
	if err != nil {
		return nil, err
	}
	var out []string
	if dep != nil && c.ours(dep) {
		out = append(out, t.object())
	}
	for i := range items {
		out = append(out, object("Pod", c.state.Namespace, items[i].GetName()))
	}
	return out, nil
}

// grace is the time that the Pods may take to end.
func (t twin) grace() time.Duration {
	n, found, err := unstructured.NestedInt64(t.want, "spec", "template", "spec", "terminationGracePeriodSeconds")
	if err != nil || !found {
		n = 30
	}
	return time.Duration(n) * time.Second
}
