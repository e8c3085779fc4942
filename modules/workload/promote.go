package workload

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/optimistic"
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
	got, err := c.write(ctx, c.state.Fields, false)
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

// checkStable reads stable and finds conflicts before anything is written.
func (c *Candidate) checkStable(ctx context.Context, fields []field) (*unstructured.Unstructured, error) {
	live, err := c.sameStable(ctx)
	if err != nil {
		return nil, err
	}
	_, err = patchFor(live, fields)
	return live, err
}

// write brings stable's fields to their targets, by force whatever stands there.
func (c *Candidate) write(ctx context.Context, fields []field, force bool) (*unstructured.Unstructured, error) {
	var live, got *unstructured.Unstructured
	err := optimistic.Write(ctx, c.stable(), func() (raced bool, err error) {
		if live, err = c.sameStable(ctx); err != nil {
			return false, err
		}
		if force {
			fields = over(live, fields)
		}
		got = live
		ops, err := patchFor(live, fields)
		if err != nil || len(ops) == 0 {
			return false, err
		}
		// Another object of the same name would pass the tests of its fields; and
		// what was read before another driver took over must not be written.
		ops = append([]operation{
			{Op: "test", Path: "/metadata/uid", Value: c.state.UID},
			{Op: "test", Path: "/metadata/resourceVersion", Value: live.GetResourceVersion()},
		}, ops...)
		got, err = c.patchStable(ctx, ops)
		if raced, err = optimistic.RacedPatch(ctx, c.api(deployments), live, err); err != nil {
			err = refused("write the new version to", c.stable(), err)
		}
		return raced, err
	})
	if err != nil {
		return nil, err
	}
	return got, c.handOver(ctx, deployments, applier(live), got)
}
