package workload

import (
	"encoding/base64"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	kindConfigMap = "ConfigMap"
	kindSecret    = "Secret"

	// formerSuffix ends the name of what keeps a ConfigMap's or Secret's content
	// from before promotion.
	formerSuffix = "-former"
)

// configItem is a ConfigMap or Secret that the new version brings. No content of
// a Secret is in it: that stays in the cluster, where Secrets are guarded.
type configItem struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// New says that nothing of this name was there: it is made under its own
	// name (as kustomize's hashed names want) and stays after a promotion.
	New bool `json:"new,omitempty"`
	// Version is the resourceVersion that the comparison was made with.
	Version string `json:"version,omitempty"`
	// Former is what a ConfigMap held before promotion; nil before it, of Secrets,
	// and where it is too much.
	Former *former `json:"former,omitempty"`
}

// copyName is the name of the candidate's own object.
func (i configItem) copyName() string {
	if i.New {
		return i.Name
	}
	return i.Name + Suffix
}

// compareConfig says what a ConfigMap or Secret of the manifests is to the one
// in the cluster (nil when there is none). Only content counts: labels and
// annotations reach no Pod.
func compareConfig(manifest, live *unstructured.Unstructured) (item configItem, changed bool, err error) {
	item = configItem{Kind: manifest.GetKind(), Name: manifest.GetName()}
	if live == nil {
		item.New = true
		return item, true, nil
	}
	item.Version = live.GetResourceVersion()
	if equal(content(manifest), content(live)) {
		return item, false, nil
	}
	if immutable, _, _ := unstructured.NestedBool(live.Object, "immutable"); immutable {
		return item, false, fmt.Errorf("%s is immutable and the manifests change it: give the new one a new name", ref(live))
	}
	return item, true, nil
}

// content is what Pods can see of a ConfigMap or Secret, in one spelling.
func content(obj *unstructured.Unstructured) map[string]any {
	out := map[string]any{}
	for _, key := range []string{"data", "binaryData"} {
		m, _, _ := unstructured.NestedMap(obj.Object, key)
		for k, v := range m {
			out[key+"/"+k] = v
		}
	}
	m, _, _ := unstructured.NestedStringMap(obj.Object, "stringData")
	for k, v := range m {
		out["data/"+k] = base64.StdEncoding.EncodeToString([]byte(v))
	}
	return out
}

// fill gives an object the content of another of its kind.
func fill(to, from *unstructured.Unstructured) {
	byKey := map[string]map[string]any{}
	for path, v := range content(from) {
		key, name, _ := strings.Cut(path, "/")
		if byKey[key] == nil {
			byKey[key] = map[string]any{}
		}
		byKey[key][name] = v
	}
	for _, key := range []string{"data", "binaryData"} {
		if byKey[key] == nil {
			delete(to.Object, key)
			continue
		}
		to.Object[key] = byKey[key]
	}
	delete(to.Object, "stringData")
}

// annotationManifest keeps, on a copy, what `kubectl apply` shall remember on
// the real object after promotion.
const annotationManifest = "headgate.dev/last-applied"

// copyOf is the candidate's (or the keeper's) own object with the content of
// another.
func copyOf(original *unstructured.Unstructured, name, release string) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": original.GetKind()}}
	out.SetName(name)
	out.SetNamespace(original.GetNamespace())
	if t, ok := original.Object["type"]; ok {
		out.Object["type"] = t
	}
	fill(out, original)
	mark(out, original, ownLabels(roleCandidate, release))
	return out
}

// newObject is an object of the manifests under its own name, as the user wrote
// it, marked until the Rollout is over.
func newObject(manifest *unstructured.Unstructured, release string) *unstructured.Unstructured {
	out := manifest.DeepCopy()
	l := out.GetLabels()
	if l == nil {
		l = map[string]string{}
	}
	for k, v := range ownLabels(roleCandidate, release) {
		l[k] = v
	}
	out.SetLabels(l)
	return out
}

func ref(obj *unstructured.Unstructured) string {
	return object(obj.GetKind(), obj.GetNamespace(), obj.GetName())
}
