package workload

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/headgate-ci/headgate/modules/optimistic"
)

// handOver gives fields that we wrote to the manager that applied the object by
// server-side apply before we did; it is read from the object as it stood then,
// for a field that changes hands is its no more. Left with us, the fields would
// be a conflict at the user's next apply, or stay when a manifest drops them.
func (c *Candidate) handOver(ctx context.Context, r schema.GroupVersionResource, manager string, obj *unstructured.Unstructured) error {
	if manager == "" {
		return nil
	}
	what, name := ref(obj), obj.GetName()
	return optimistic.Write(ctx, what, func() (bool, error) {
		if obj == nil { // it changed in between
			var err error
			if obj, err = find(ctx, c.api(r), name); err != nil {
				return false, refused("read", what, err)
			}
			if obj == nil {
				return false, nil // it was deleted: there is nothing to hand over
			}
		}
		patch, err := handover(obj, manager)
		if err != nil || patch == nil {
			return false, err
		}
		raced, err := optimistic.RacedPatch(ctx, c.api(r), obj, c.patchRaw(ctx, r, name, patch))
		if err != nil {
			return false, refused("hand the changed fields back to the manager of", what, err)
		}
		obj = nil
		return raced, nil
	})
}

// handover is the JSON Patch that moves our entry in an object's managedFields
// into a manager's; nil when we own nothing.
func handover(obj *unstructured.Unstructured, manager string) ([]byte, error) {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(obj, sets.New(fieldManager), manager)
	if err != nil {
		return nil, fmt.Errorf("%s: move managed fields to %s: %w", ref(obj), manager, err)
	}
	return patch, nil
}

// contentPaths is where an applier of a Deployment, ConfigMap or Secret shows.
var contentPaths = []fieldpath.Path{
	fieldpath.MakePathOrDie("spec", "template"),
	fieldpath.MakePathOrDie("data"),
	fieldpath.MakePathOrDie("binaryData"),
}

// applier is the field manager that last applied an object's content by
// server-side apply; empty when nobody did.
func applier(obj *unstructured.Unstructured) string {
	var name string
	var at metav1.Time
	for _, e := range obj.GetManagedFields() {
		if e.Operation != metav1.ManagedFieldsOperationApply || e.Subresource != "" || !ownsContent(e) {
			continue
		}
		if name == "" || (e.Time != nil && at.Before(e.Time)) {
			name = e.Manager
			if e.Time != nil {
				at = *e.Time
			}
		}
	}
	return name
}

func ownsContent(e metav1.ManagedFieldsEntry) bool {
	all := fieldpath.NewSet()
	if e.FieldsV1 == nil || all.FromJSON(e.FieldsV1.GetRawReader()) != nil {
		return false
	}
	for _, path := range contentPaths {
		below := all
		for _, step := range path {
			below = below.WithPrefix(step)
		}
		if !below.Empty() {
			return true
		}
	}
	return false
}

func (c *Candidate) patchRaw(ctx context.Context, r schema.GroupVersionResource, name string, patch []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := c.api(r).Patch(ctx, name, types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}
