package workload

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func deepCopy(m map[string]any) map[string]any { return runtime.DeepCopyJSON(m) }

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// covers says that have holds all that want says; have may hold more, such as
// the defaults that the API server filled in. Lists must be of one length.
func covers(have, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		for k, v := range w {
			if !ok || !covers(h[k], v) {
				return false
			}
		}
		return ok || len(w) == 0
	case []any:
		h, _ := have.([]any)
		if len(h) != len(w) {
			return false
		}
		for i := range w {
			if !covers(h[i], w[i]) {
				return false
			}
		}
		return true
	}
	return equal(have, want)
}

// canonical is a Pod template with quantities and the like written as the API
// server writes them. Fields that this program does not know are lost, so it is
// for comparing only.
func canonical(template any) any {
	m, ok := template.(map[string]any)
	if !ok {
		return template
	}
	typed := corev1.PodTemplateSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &typed); err != nil {
		return template
	}
	out, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&typed)
	if err != nil {
		return template
	}
	return out
}

// changedPaths lists the fields that differ, without their values.
func changedPaths(path string, a, b any) []string {
	if equal(a, b) {
		return nil
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return changedKeys(path, x, y)
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			return changedItems(path, x, y)
		}
	}
	return []string{path}
}

func changedKeys(path string, a, b map[string]any) []string {
	var out []string
	for _, k := range keysOf(a, b) {
		out = append(out, changedPaths(path+"."+k, a[k], b[k])...)
	}
	return out
}

func changedItems(path string, a, b []any) []string {
	var out []string
	for i := range a {
		out = append(out, changedPaths(fmt.Sprintf("%s[%s]", path, itemName(i, a[i])), a[i], b[i])...)
	}
	return out
}

// itemName calls a list's item by its name, else by its place.
func itemName(i int, item any) string {
	if m, ok := item.(map[string]any); ok && text(m["name"]) != "" {
		return text(m["name"])
	}
	return fmt.Sprint(i)
}

// keysOf are the keys of several maps, sorted.
func keysOf(all ...map[string]any) []string {
	keys := map[string]bool{}
	for _, m := range all {
		for k := range m {
			keys[k] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
