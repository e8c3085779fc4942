package workload

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// How stable is written, and why. The new version is a JSON Patch of the fields
// that differ, each with a test of what stood before, so that a change by
// somebody else is refused by the API server itself. A server-side apply would
// take the fields over instead, and leave the user's next `kubectl apply` with
// a conflict or with a stale annotation. What the user's tool remembers is kept
// as that tool would have it:
//   - kubectl apply (client side): its last-applied annotation becomes the new
//     manifest, so applying the same file again finds nothing to do;
//   - server-side apply: the changed fields are handed to the manager that
//     applied the template before (handover.go), so it neither meets a conflict
//     nor forgets fields;
//   - neither: the fields of the manifest are written, no more.
// With images alone there is no manifest: the tool's notes stay as they were,
// and the user's next apply needs the new image in it.

// PromoteStable gives stable the new version, first its ConfigMaps and Secrets,
// and waits until it is ready. Its size stays as the user wrote it. Called
// again, it goes on waiting.
func (c *Candidate) PromoteStable(ctx context.Context) error {
	if _, err := c.checkStable(ctx, c.state.Fields); err != nil {
		return err
	}
	if err := c.promoteConfig(ctx); err != nil {
		return err
	}
	got, err := c.write(ctx, c.state.Fields)
	if err != nil {
		return err
	}
	c.state.Promoted = true
	for i, f := range c.state.Fields {
		if !f.is(replicasPath) {
			c.state.Fields[i].Target, c.state.Fields[i].LooseTarget = f.in(got), false
		}
	}
	_, err = c.wait(ctx, c.state.Name)
	return err
}

// RevertStable puts back what PromoteStable changed, and waits until stable is
// ready. Without a promotion, even a partial one, it does nothing.
func (c *Candidate) RevertStable(ctx context.Context) error {
	back := reversed(c.state.Fields)
	live, err := c.checkStable(ctx, back)
	var conflict *ConflictError
	if errors.As(err, &conflict) && live != nil && !c.state.Promoted && written(live) == c.state.Written {
		return c.revertConfig(ctx) // somebody else's version, and never ours
	}
	if err != nil {
		return err
	}
	if err := c.revertConfig(ctx); err != nil {
		return err
	}
	ops, err := patchFor(live, back)
	if err != nil || len(ops) == 0 && !c.state.Promoted {
		return err
	}
	if _, err := c.write(ctx, back); err != nil {
		return err
	}
	if _, err := c.wait(ctx, c.state.Name); err != nil {
		return err
	}
	c.state.Promoted = false
	return nil
}

// written is when this program last wrote to an object, by the API server's
// clock; empty when it never did.
func written(obj *unstructured.Unstructured) string {
	for _, e := range obj.GetManagedFields() {
		if e.Manager == fieldManager && e.Operation == metav1.ManagedFieldsOperationUpdate && e.Time != nil {
			return e.Time.UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// checkStable reads stable and finds conflicts before anything is written.
func (c *Candidate) checkStable(ctx context.Context, fields []field) (*unstructured.Unstructured, error) {
	live, err := c.sameStable(ctx)
	if err != nil {
		return nil, err
	}
	_, err = patchFor(live, fields)
	return live, err
}

// writeTries is how often a patch is made anew because stable changed, in a
// harmless way, between reading and writing.
const writeTries = 20

// write brings stable's fields to their targets.
func (c *Candidate) write(ctx context.Context, fields []field) (*unstructured.Unstructured, error) {
	var last error
	for range writeTries {
		live, err := c.sameStable(ctx)
		if err != nil {
			return nil, err
		}
		ops, err := patchFor(live, fields)
		if err != nil {
			return nil, err
		}
		if len(ops) == 0 {
			return live, c.handOver(ctx, deployments, applier(live), live)
		}
		// Another object of the same name would pass the tests of its fields; and
		// what was read before another driver took over must not be written.
		ops = append([]operation{
			{Op: "test", Path: "/metadata/uid", Value: c.state.UID},
			{Op: "test", Path: "/metadata/resourceVersion", Value: live.GetResourceVersion()},
		}, ops...)
		got, err := c.patchStable(ctx, ops)
		if err == nil {
			return got, c.handOver(ctx, deployments, applier(live), got)
		}
		last = err
		if !apierrors.IsInvalid(err) && !apierrors.IsConflict(err) {
			break
		}
	}
	return nil, refused("write the new version to", c.stable(), last)
}
