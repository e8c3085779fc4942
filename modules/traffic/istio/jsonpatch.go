package istio

import "fmt"

// op is one operation of a JSON Patch (RFC 6902).
type op struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

func test(path string, value any) op    { return op{"test", path, value} }
func add(path string, value any) op     { return op{"add", path, value} }
func replace(path string, value any) op { return op{"replace", path, value} }
func remove(path string) op             { return op{"remove", path, nil} }

// weigh gives an entry a weight, provided that the entry is as it was read.
func (v view) weigh(pos int, w *int64) []op {
	had := v.now[pos].Weight
	if sameWeight(had, w) {
		return nil
	}
	ops, path := v.stillThere(pos), v.pointer(pos)+"/weight"
	switch {
	case w == nil:
		return append(ops, remove(path))
	case had == nil:
		return append(ops, add(path, *w))
	default:
		return append(ops, replace(path, *w))
	}
}

// stillThere tests that an entry sends where it did and with the weight that
// was read. Only plain values are tested: the API server's comparison of
// larger ones fails on a null inside a list.
func (v view) stillThere(pos int) []op {
	e, path := v.now[pos], v.pointer(pos)
	ops := []op{test(path+"/destination/host", e.Host)}
	if e.Subset != "" {
		ops = append(ops, test(path+"/destination/subset", e.Subset))
	}
	if e.Weight != nil {
		ops = append(ops, test(path+"/weight", *e.Weight))
	}
	return ops
}

// sameSubsets tests that a rule's subsets are the ones that were read, in
// their order.
func sameSubsets(spec map[string]any) []op {
	var ops []op
	for i, s := range subsetsOf(spec) {
		if m, ok := s.(map[string]any); ok {
			ops = append(ops, test(fmt.Sprintf("/spec/subsets/%d/name", i), m["name"]))
		}
	}
	return ops
}
