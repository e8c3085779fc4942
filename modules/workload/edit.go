package workload

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// field is one part of stable that the new version changes, with both its
// values; nil means that it is absent. Promotion sets Target where Former
// stands, and undoing it the reverse.
type field struct {
	Path   []string `json:"path"`
	Former any      `json:"former,omitempty"`
	Target any      `json:"target,omitempty"`
	// LooseFormer and LooseTarget say that the value is as a manifest spells it;
	// the live one may have defaults besides. Other values were read from the API
	// server and must be met exactly.
	LooseFormer bool `json:"looseFormer,omitempty"`
	LooseTarget bool `json:"looseTarget,omitempty"`
}

var (
	templatePath = []string{"spec", "template"}
	replicasPath = []string{"spec", "replicas"}
)

const restartedAt = "kubectl.kubernetes.io/restartedAt"

func (f field) is(path []string) bool { return slices.Equal(f.Path, path) }

func (f field) in(obj *unstructured.Unstructured) any {
	v, _, _ := unstructured.NestedFieldNoCopy(obj.Object, f.Path...)
	return v
}

// reversed is the field seen from the way back.
func (f field) reversed() field {
	return field{Path: f.Path, Former: f.Target, Target: f.Former, LooseFormer: f.LooseTarget, LooseTarget: f.LooseFormer}
}

func reversed(fields []field) []field {
	out := make([]field, 0, len(fields))
	for _, f := range fields {
		out = append(out, f.reversed())
	}
	return out
}

// fieldsBetween lists what differs of the parts that a manifest may say: spec
// key by key, labels and annotations. The selector cannot change.
func fieldsBetween(from, to *unstructured.Unstructured) []field {
	var out []field
	for _, parent := range objectParts {
		a, _, _ := unstructured.NestedMap(from.Object, parent...)
		b, _, _ := unstructured.NestedMap(to.Object, parent...)
		for _, k := range keysOf(a, b) {
			if !equal(a[k], b[k]) && (parent[0] != "spec" || k != "selector") {
				out = append(out, field{Path: append(slices.Clone(parent), k), Former: a[k], Target: b[k]})
			}
		}
	}
	return out
}

// done says that a live value is the Target, untouched that it is the Former.
func (f field) done(live any) bool      { return f.matches(live, f.Target, f.LooseTarget) }
func (f field) untouched(live any) bool { return f.matches(live, f.Former, f.LooseFormer) }

func (f field) matches(live, recorded any, loose bool) bool {
	if equal(live, recorded) {
		return true
	}
	if live == nil || recorded == nil {
		return false
	}
	if f.is(templatePath) {
		live, recorded = canonical(withoutRestart(live)), canonical(withoutRestart(recorded))
	}
	return equal(live, recorded) || loose && covers(live, recorded)
}

// withoutRestart leaves out what `kubectl rollout restart` writes: a restart is
// no other version.
func withoutRestart(template any) any {
	m, ok := template.(map[string]any)
	if !ok {
		return template
	}
	m = deepCopy(m)
	a, _, _ := unstructured.NestedMap(m, "metadata", "annotations")
	if _, ok := a[restartedAt]; !ok {
		return template
	}
	delete(a, restartedAt)
	if len(a) == 0 {
		unstructured.RemoveNestedField(m, "metadata", "annotations")
	} else {
		_ = unstructured.SetNestedMap(m, a, "metadata", "annotations") // metadata is a map: read above
	}
	return m
}

// set writes the Target into an object in memory.
func (f field) set(obj *unstructured.Unstructured) error {
	if f.Target == nil {
		unstructured.RemoveNestedField(obj.Object, f.Path...)
		return nil
	}
	return unstructured.SetNestedField(obj.Object, runtime.DeepCopyJSONValue(f.Target), f.Path...)
}
