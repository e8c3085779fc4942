package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"
)

// annotationHash tells this Rollout's candidate from what another one left.
const annotationHash = "headgate.dev/candidate-hash"

// buildTwin makes the candidate Deployment from the new version of stable, or the
// baseline from stable itself. Everything about how a Pod runs and where is kept;
// what says who owns the object is not.
func buildTwin(next *unstructured.Unstructured, role, release string, edit LabelEdit, refs renames) (*unstructured.Unstructured, error) {
	spec, ok := deepCopy(next.Object)["spec"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s has no spec", deployment(next))
	}
	template, _ := spec["template"].(map[string]any)
	podSpec, _ := template["spec"].(map[string]any)
	if podSpec == nil {
		return nil, fmt.Errorf("%s has no spec.template.spec", deployment(next))
	}
	refs.rewrite(podSpec)
	if err := labelTemplate(template, ownLabels(role, release), edit); err != nil {
		return nil, fmt.Errorf("%s: %w", deployment(next), err)
	}
	delete(spec, "replicas")
	delete(spec, "paused")
	spec["selector"] = map[string]any{"matchLabels": toAny(ownLabels(role, release))}
	spec["strategy"] = rolling(spec["strategy"])
	if unproven(spec, podSpec) {
		spec["minReadySeconds"] = int64(unprovenSeconds)
	}

	out := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec}}
	out.SetName(next.GetName() + suffixOf(role))
	out.SetNamespace(next.GetNamespace())
	mark(out, next, ownLabels(role, release))
	return out, addHash(out)
}

// mark gives a copy the original's metadata without its owners, and ours.
func mark(out, original *unstructured.Unstructured, own map[string]string) {
	l := untracked(original.GetLabels())
	maps.Copy(l, own)
	l["app.kubernetes.io/managed-by"] = fieldManager
	out.SetLabels(l)
	a := untracked(original.GetAnnotations())
	a[AnnotationCandidateOf] = original.GetName()
	out.SetAnnotations(a)
}

func labelTemplate(template map[string]any, own map[string]string, edit LabelEdit) error {
	l, _, err := unstructured.NestedStringMap(template, "metadata", "labels")
	if err != nil {
		return fmt.Errorf("spec.template.metadata.labels: %w", err)
	}
	if l == nil {
		l = map[string]string{}
	}
	for _, k := range edit.Remove {
		delete(l, k)
	}
	maps.Copy(l, edit.Set)
	maps.Copy(l, own)
	if err := unstructured.SetNestedStringMap(template, l, "metadata", "labels"); err != nil {
		return err
	}
	return annotateTemplate(template, edit.Annotate)
}

// annotateTemplate leaves the user's own annotations as they are.
func annotateTemplate(template map[string]any, extra map[string]string) error {
	a, _, err := unstructured.NestedStringMap(template, "metadata", "annotations")
	if err != nil {
		return fmt.Errorf("spec.template.metadata.annotations: %w", err)
	}
	all := map[string]string{}
	maps.Copy(all, extra)
	maps.Copy(all, a)
	if len(all) == 0 {
		return nil
	}
	return unstructured.SetNestedStringMap(template, all, "metadata", "annotations")
}

// rolling is stable's strategy when it is a rolling one: the candidate serves
// live traffic, so its Pods are never all replaced at once.
func rolling(strategy any) map[string]any {
	if s, ok := strategy.(map[string]any); ok && s["type"] == "RollingUpdate" {
		return s
	}
	return map[string]any{"type": "RollingUpdate"}
}

// unprovenSeconds is how long a Pod without a readiness probe must run before
// it counts: one that ends at once would count as ready for an instant.
const unprovenSeconds = 5

func unproven(spec, podSpec map[string]any) bool {
	if n, _, _ := unstructured.NestedInt64(spec, "minReadySeconds"); n > 0 {
		return false
	}
	for _, c := range mapsIn(podSpec["containers"]) {
		if c["readinessProbe"] != nil {
			return false
		}
	}
	return true
}

// labelValue shortens a name that is too long for a label, keeping it unique.
func labelValue(name string) string {
	if len(validation.IsValidLabelValue(name)) == 0 {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "release-" + hex.EncodeToString(sum[:12])
}

func addHash(dep *unstructured.Unstructured) error {
	data, err := json.Marshal(dep.Object["spec"])
	if err != nil {
		return fmt.Errorf("encode %s: %w", deployment(dep), err)
	}
	sum := sha256.Sum256(data)
	a := dep.GetAnnotations()
	a[annotationHash] = hex.EncodeToString(sum[:12])
	dep.SetAnnotations(a)
	return nil
}

func toAny(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
