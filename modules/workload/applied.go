package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// clientSide says that `kubectl apply` keeps this object, remembering the last
// manifest in an annotation.
func clientSide(obj *unstructured.Unstructured) bool {
	_, ok := obj.GetAnnotations()[lastApplied]
	return ok
}

// setLastApplied writes what `kubectl apply` would remember, in its spelling,
// so that a later apply of the same manifest finds nothing to do.
func setLastApplied(out, manifest *unstructured.Unstructured) error {
	text, err := applied(manifest)
	if err != nil {
		return err
	}
	a := out.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	a[lastApplied] = text
	out.SetAnnotations(a)
	return nil
}

func applied(manifest *unstructured.Unstructured) (string, error) {
	m := manifest.DeepCopy()
	a := m.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	delete(a, lastApplied)
	m.SetAnnotations(a)
	data, err := m.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("encode %s %s: %w", m.GetKind(), m.GetName(), err)
	}
	return string(data), nil
}

// said are the keys that the user's tool has written before, by parent: from
// kubectl's annotation or from the fields that server-side apply tracks.
func said(live *unstructured.Unstructured) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	if text, ok := live.GetAnnotations()[lastApplied]; ok {
		var m map[string]any
		if json.Unmarshal([]byte(text), &m) == nil {
			collect(out, m, "")
		}
		return out
	}
	for _, e := range live.GetManagedFields() {
		var m map[string]any
		if e.Operation == metav1.ManagedFieldsOperationApply && e.Subresource == "" && e.FieldsV1 != nil && json.Unmarshal(e.FieldsV1.GetRawBytes(), &m) == nil {
			collect(out, m, "f:")
		}
	}
	return out
}

// The parents whose keys are compared one by one.
var (
	objectParts   = [][]string{{"spec"}, {"metadata", "labels"}, {"metadata", "annotations"}}
	templateMarks = [][]string{{"spec", "template", "metadata", "labels"}, {"spec", "template", "metadata", "annotations"}}
)

func collect(out map[string]map[string]bool, m map[string]any, prefix string) {
	for _, parent := range slices.Concat(objectParts, templateMarks) {
		path := make([]string, 0, len(parent))
		for _, p := range parent {
			path = append(path, prefix+p)
		}
		keys, _, _ := unstructured.NestedMap(m, path...)
		name := strings.Join(parent, ".")
		for k := range keys {
			if out[name] == nil {
				out[name] = map[string]bool{}
			}
			if key := strings.TrimPrefix(k, prefix); key != "." {
				out[name][key] = true
			}
		}
	}
}
