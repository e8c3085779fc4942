package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// manifests are the user's objects, sorted by what is done with them.
type manifests struct {
	deployment *unstructured.Unstructured
	config     []*unstructured.Unstructured
	ignored    []string
}

// sortManifests picks the objects of a release out of what the user gave.
func sortManifests(objs []*unstructured.Unstructured, namespace, name string) (manifests, error) {
	var out manifests
	for _, given := range objs {
		obj, err := normal(given, namespace)
		if err != nil {
			return out, err
		}
		switch gk := obj.GroupVersionKind().GroupKind(); {
		case gk.Group == "apps" && gk.Kind == "Deployment" && obj.GetName() == name && obj.GetNamespace() == namespace:
			if out.deployment != nil {
				return out, fmt.Errorf("the manifests hold %s twice; keep one", deployment(obj))
			}
			out.deployment = obj
		case gk.Group == "" && (gk.Kind == kindConfigMap || gk.Kind == kindSecret) && obj.GetNamespace() == namespace:
			out.config = append(out.config, obj)
		default:
			out.ignored = append(out.ignored, object(gk.Kind, obj.GetNamespace(), obj.GetName()))
		}
	}
	if out.deployment == nil {
		return out, fmt.Errorf("the manifests hold no %s (apps/v1); they hold %s", object("Deployment", namespace, name), listOr(out.ignored, "nothing else"))
	}
	return out, nil
}

// normal is a copy with the numbers that the API machinery expects and with a
// namespace.
func normal(given *unstructured.Unstructured, namespace string) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(given.Object)
	if err != nil {
		return nil, fmt.Errorf("%s %s in the manifests: %w", given.GetKind(), given.GetName(), err)
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(data); err != nil {
		return nil, fmt.Errorf("%s %s in the manifests: %w", given.GetKind(), given.GetName(), err)
	}
	if out.GetNamespace() == "" {
		out.SetNamespace(namespace)
	}
	delete(out.Object, "status")
	return out, nil
}

// withManifest is stable as it will be once the manifest is in force: what the
// manifest says, without what an earlier one said and this one does not, and
// with everything else as it stands. The size stays as it stands when an
// autoscaler decides it.
func withManifest(live, manifest *unstructured.Unstructured, keepReplicas bool) (*unstructured.Unstructured, error) {
	if err := sameSelector(live, manifest); err != nil {
		return nil, err
	}
	out := live.DeepCopy()
	before := said(live)
	for _, parent := range objectParts {
		now, _, _ := unstructured.NestedMap(manifest.Object, parent...)
		for key := range before[strings.Join(parent, ".")] {
			if _, still := now[key]; !still && !kept[key] {
				unstructured.RemoveNestedField(out.Object, append(slices.Clone(parent), key)...)
			}
		}
		for key, value := range now {
			if key == "selector" || (key == "replicas" && keepReplicas) {
				continue
			}
			if err := unstructured.SetNestedField(out.Object, value, append(slices.Clone(parent), key)...); err != nil {
				return nil, fmt.Errorf("%s: %w", deployment(live), err)
			}
		}
	}
	if err := keepMarks(out, live, manifest, before); err != nil {
		return nil, fmt.Errorf("%s: %w", deployment(live), err)
	}
	if clientSide(live) {
		return out, setLastApplied(out, manifest)
	}
	return out, nil
}

// keepMarks keeps the labels and annotations of the template that others put
// there, as `kubectl apply` does. Without a note of what the user's tool wrote,
// these are the marks of restarts.
func keepMarks(out, live, manifest *unstructured.Unstructured, said map[string]map[string]bool) error {
	for _, parent := range templateMarks {
		now, _, _ := unstructured.NestedMap(manifest.Object, parent...)
		before, _, _ := unstructured.NestedMap(live.Object, parent...)
		for key, value := range before {
			_, still := now[key]
			theirs := len(said) > 0 && !said[strings.Join(parent, ".")][key]
			if still || !theirs && key != restartedAt && key != annotationRestarted {
				continue
			}
			if err := unstructured.SetNestedField(out.Object, value, append(slices.Clone(parent), key)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// kept are keys that a manifest may leave out without meaning their removal.
var kept = map[string]bool{"selector": true, "replicas": true, "template": true, lastApplied: true}

func sameSelector(live, manifest *unstructured.Unstructured) error {
	a, _, _ := unstructured.NestedFieldNoCopy(live.Object, "spec", "selector")
	b, found, _ := unstructured.NestedFieldNoCopy(manifest.Object, "spec", "selector")
	if found && !equal(a, b) {
		return fmt.Errorf("%s: the manifest's spec.selector differs from the live one, which can never be changed: put it back, or give the Deployment a new name", deployment(live))
	}
	return nil
}

func listOr(items []string, otherwise string) string {
	if len(items) == 0 {
		return otherwise
	}
	return strings.Join(items, ", ")
}
