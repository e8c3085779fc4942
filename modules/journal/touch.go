package journal

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/optimistic"
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

// annotate is itself a write that must not arrive late.
func (l *Lease) annotate(ctx context.Context, api dynamic.ResourceInterface, name string, value any) error {
	return optimistic.Write(ctx, name, func() (bool, error) {
		obj, err := api.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
			"resourceVersion": obj.GetResourceVersion(), "annotations": map[string]any{annotationTaken: value},
		}})
		if err != nil {
			return false, fmt.Errorf("encode the patch: %w", err)
		}
		_, err = api.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: touchManager})
		return optimistic.Raced(err)
	})
}
