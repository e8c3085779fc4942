package manifest

import (
	"bytes"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/headgate-ci/headgate/modules/optimistic"
)

// clientSideManager is the name that `kubectl apply` writes under.
const clientSideManager = "kubectl-client-side-apply"

// lastApplied is the path of the annotation in which client-side apply keeps
// the manifest for its next time.
var lastApplied = fieldpath.NewSet(fieldpath.MakePathOrDie("metadata", "annotations", corev1.LastAppliedConfigAnnotation))

// appliesItself are tools that apply on the client's side and do so again by
// themselves: what is theirs is taken by force, or not at all.
var appliesItself = sets.New("argocd-controller")

// clientSide are the managers whose fields client-side apply wrote: they are the
// manifest's, as kubectl's own server-side apply sees it. Left to them, a field
// that the next manifest drops would stay for ever, and one that it changes
// would be a conflict.
func clientSide(live *unstructured.Unstructured) sets.Set[string] {
	names := sets.New[string]()
	for _, e := range live.GetManagedFields() {
		if e.Manager == clientSideManager && e.Operation == metav1.ManagedFieldsOperationUpdate && e.Subresource == "" {
			names.Insert(e.Manager)
		}
	}
	for _, e := range csaupgrade.FindFieldsOwners(live.GetManagedFields(), metav1.ManagedFieldsOperationUpdate, lastApplied) {
		if !appliesItself.Has(e.Manager) && e.Subresource == "" {
			names.Insert(e.Manager)
		}
	}
	return names
}

// takeOver gives what client-side apply wrote to our own manager, so that the
// apply that follows removes what the manifest has no more. Nothing but
// managedFields is written. live is the object as it was read, nil for none.
func (a *Applier) takeOver(ctx context.Context, t target, live *unstructured.Unstructured) error {
	return optimistic.Write(ctx, Describe(t.obj), func() (bool, error) {
		if live == nil || t.part {
			return false, nil
		}
		patch, err := takeoverPatch(live, a.manager(), t.obj.GetAPIVersion())
		if err != nil || patch == nil {
			return false, err
		}
		_, err = t.api.Patch(ctx, t.obj.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: a.manager()})
		raced, err := optimistic.Raced(err)
		if raced {
			live, err = t.read(ctx)
		}
		if err != nil && !raced {
			err = fmt.Errorf("take over what `kubectl apply` wrote to %s: %w", Describe(t.obj), err)
		}
		return raced, err
	})
}

// takeoverPatch is the JSON Patch of managedFields alone, with the object's
// version; nil where client-side apply owns nothing.
func takeoverPatch(live *unstructured.Unstructured, manager, apiVersion string) ([]byte, error) {
	names := clientSide(live)
	if names.Len() == 0 {
		return nil, nil
	}
	obj := live.DeepCopy()
	entries := obj.GetManagedFields()
	for i, e := range entries {
		// csaupgrade forgets the fields of an entry of another version.
		if e.Manager == manager || names.Has(e.Manager) {
			entries[i].APIVersion = apiVersion
		}
	}
	obj.SetManagedFields(entries)
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(obj, names, manager)
	if err != nil {
		return nil, fmt.Errorf("%s: move managed fields to %s: %w", Describe(live), manager, err)
	}
	return patch, nil
}

// read is the object in the cluster; nil where there is none.
func (t target) read(ctx context.Context) (*unstructured.Unstructured, error) {
	live, err := t.api.Get(ctx, t.obj.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", Describe(t.obj), err)
	}
	return live, nil
}

// AppliedLabels are the labels of an object that Headgate has applied. Who
// applies a part of an object repeats them: what is left out is removed.
func AppliedLabels(live *unstructured.Unstructured) map[string]string {
	out := map[string]string{}
	for _, e := range live.GetManagedFields() {
		if e.Manager != FieldManager || e.Operation != metav1.ManagedFieldsOperationApply {
			continue
		}
		for name, value := range live.GetLabels() {
			if fieldsOf(e).Has(fieldpath.MakePathOrDie("metadata", "labels", name)) {
				out[name] = value
			}
		}
	}
	return out
}

// fieldsOf are the fields that an entry of managedFields owns; none where they
// are another API server's idea of the format.
func fieldsOf(e metav1.ManagedFieldsEntry) *fieldpath.Set {
	set := &fieldpath.Set{}
	if e.FieldsV1 == nil || set.FromJSON(bytes.NewReader(e.FieldsV1.GetRawBytes())) != nil {
		return &fieldpath.Set{}
	}
	return set
}
