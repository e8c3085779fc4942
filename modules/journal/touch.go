package journal

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// annotationTaken stands in an object for the instant of a Touch.
const annotationTaken = "headgate.dev/taken-over-by"

// touchManager writes it. Under the name that all else is written with, a Touch
// would make an old write of ours look like one of now.
const touchManager = fieldManager + "-takeover"

// Touch changes an object's resourceVersion and leaves the object as it was, by
// adding an annotation and taking it away. Writes that the former driver worked
// out before are refused from then on, also those on their way. An object that
// is not there needs no touch.
func (l *Lease) Touch(ctx context.Context, api dynamic.ResourceInterface, name string) error {
	for _, value := range []any{l.holder, nil} {
		err := l.annotate(ctx, api, name, value)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("keep the former driver from writing: %w", err)
		}
	}
	return nil
}

// touches is how often an object that others write meanwhile is tried.
const touches = 40

// annotate is itself a write that must not arrive late.
func (l *Lease) annotate(ctx context.Context, api dynamic.ResourceInterface, name string, value any) error {
	var err error
	for range touches {
		obj, gerr := api.Get(ctx, name, metav1.GetOptions{})
		if gerr != nil {
			return gerr
		}
		patch, merr := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": obj.GetResourceVersion(), "annotations": map[string]any{annotationTaken: value},
		}})
		if merr != nil {
			return fmt.Errorf("encode the patch: %w", merr)
		}
		_, err = api.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: touchManager})
		if !apierrors.IsConflict(err) {
			return err
		}
	}
	return err
}
