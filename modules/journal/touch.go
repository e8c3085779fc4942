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

// Touch changes an object's resourceVersion and leaves the object as it was, by
// adding an annotation and taking it away. Writes that the former driver worked
// out before are refused from then on, also those on their way. An object that
// is not there needs no touch.
func (l *Lease) Touch(ctx context.Context, api dynamic.ResourceInterface, name string) error {
	for _, value := range []any{l.holder, nil} {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{annotationTaken: value}}})
		if err != nil {
			return fmt.Errorf("encode the patch: %w", err)
		}
		_, err = api.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("keep the former driver from %s: %w", name, err)
		}
	}
	return nil
}
