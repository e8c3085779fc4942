package apiserver

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
)

// KubectlManager is the field manager of `kubectl apply` without --server-side.
const KubectlManager = "kubectl-client-side-apply"

// KubectlApply writes an object as `kubectl apply` does without --server-side: it
// creates it with the manifest in an annotation, or sends what differs between
// that annotation, the manifest and the live object.
func KubectlApply(t testing.TB, api dynamic.ResourceInterface, manifest *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	noted := withLastApplied(t, manifest)
	live, err := api.Get(t.Context(), manifest.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		live, err = api.Create(t.Context(), noted, metav1.CreateOptions{FieldManager: KubectlManager})
	} else if err == nil {
		kind, patch := threeWay(t, live, noted)
		live, err = api.Patch(t.Context(), manifest.GetName(), kind, patch, metav1.PatchOptions{FieldManager: KubectlManager})
	}
	if err != nil {
		t.Fatalf("kubectl apply of %s %s: %v", manifest.GetKind(), manifest.GetName(), err)
	}
	return live
}

// threeWay is the patch: a strategic one for Kubernetes' own kinds.
func threeWay(t testing.TB, live, noted *unstructured.Unstructured) (types.PatchType, []byte) {
	t.Helper()
	original := []byte(live.GetAnnotations()[corev1.LastAppliedConfigAnnotation])
	modified, current := encode(t, noted), encode(t, live)
	typed, err := scheme.Scheme.New(noted.GroupVersionKind())
	if err != nil { // a kind of the mesh's
		patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(original, modified, current)
		if err != nil {
			t.Fatal(err)
		}
		return types.MergePatchType, patch
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, modified, current, meta, true)
	if err != nil {
		t.Fatal(err)
	}
	return types.StrategicMergePatchType, patch
}

func withLastApplied(t testing.TB, manifest *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	out := manifest.DeepCopy()
	annotations := out.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[corev1.LastAppliedConfigAnnotation] = string(encode(t, manifest))
	out.SetAnnotations(annotations)
	return out
}

func encode(t testing.TB, obj *unstructured.Unstructured) []byte {
	t.Helper()
	data, err := json.Marshal(obj)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
