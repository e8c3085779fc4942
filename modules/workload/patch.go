package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// operation is one line of a JSON Patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// patchFor makes the JSON Patch that takes the fields of live to their Target.
// It is empty when they are there, and a *ConflictError when a field is neither
// as it was nor as it shall be.
func patchFor(live *unstructured.Unstructured, fields []field) ([]operation, error) {
	var ops []operation
	for _, f := range fields {
		cur := f.in(live)
		switch {
		case f.done(cur) && (!f.LooseTarget || !f.untouched(cur)):
			continue
		case f.untouched(cur):
		case f.is(replicasPath): // scaled meanwhile: that is for whoever scales
			continue
		default:
			return nil, &ConflictError{Object: deployment(live), Path: strings.Join(f.Path, "."), Detail: describeChange(f.Former, cur)}
		}
		if cur != nil {
			ops = append(ops, operation{Op: "test", Path: pointer(f.Path), Value: cur})
		}
		ops = append(ops, change(live, f)...)
	}
	return ops, nil
}

func describeChange(was, is any) string {
	paths := changedPaths("", was, is)
	if len(paths) == 1 && paths[0] == "" {
		return "its value differs"
	}
	if len(paths) > 3 {
		paths = append(paths[:3], "…")
	}
	return strings.TrimPrefix(strings.Join(paths, ", "), ".")
}

// change is the operations for one field, making its parents where needed.
func change(live *unstructured.Unstructured, f field) []operation {
	if f.Target == nil {
		return diff(f.Path, f.in(live), nil)
	}
	for i := 1; i < len(f.Path); i++ {
		parent := f.Path[:i]
		if _, found, _ := unstructured.NestedFieldNoCopy(live.Object, parent...); found {
			continue
		}
		value := f.Target
		for _, k := range slices.Backward(f.Path[i:]) {
			value = map[string]any{k: value}
		}
		return []operation{{Op: "add", Path: pointer(parent), Value: value}}
	}
	return diff(f.Path, f.in(live), f.Target)
}

// diff is the smallest set of operations by walking maps and lists of one
// length; other values are replaced as a whole.
func diff(path []string, from, to any) []operation {
	switch {
	case equal(from, to):
		return nil
	case to == nil:
		return []operation{{Op: "remove", Path: pointer(path)}}
	case from == nil:
		return []operation{{Op: "add", Path: pointer(path), Value: to}}
	}
	switch a := from.(type) {
	case map[string]any:
		if b, ok := to.(map[string]any); ok {
			return diffMap(path, a, b)
		}
	case []any:
		if b, ok := to.([]any); ok && len(a) == len(b) {
			return diffList(path, a, b)
		}
	}
	return []operation{{Op: "replace", Path: pointer(path), Value: to}}
}

func diffMap(path []string, a, b map[string]any) []operation {
	var ops []operation
	for _, k := range keysOf(a, b) {
		ops = append(ops, diff(append(slices.Clone(path), k), a[k], b[k])...)
	}
	return ops
}

func diffList(path []string, a, b []any) []operation {
	var ops []operation
	for i := range a {
		ops = append(ops, diff(append(slices.Clone(path), fmt.Sprint(i)), a[i], b[i])...)
	}
	return ops
}

// pointer writes a path as a JSON pointer.
func pointer(path []string) string {
	esc := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, p := range path {
		b.WriteString("/" + esc.Replace(p))
	}
	return b.String()
}

func encodePatch(ops []operation) ([]byte, error) {
	data, err := json.Marshal(ops)
	if err != nil {
		return nil, fmt.Errorf("encode the patch: %w", err)
	}
	return data, nil
}
