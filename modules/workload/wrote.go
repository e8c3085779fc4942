package workload

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// wrote says that this Rollout has written to stable. Its record may not: the
// driver can have died between the write and the record of it. The API server
// knows then, by the time of our last write; but not where that was handed over
// to who applied stable (handover.go), so there what stands in it has to tell.
func (c *Candidate) wrote(live *unstructured.Unstructured) bool {
	// Both are of one form and of UTC, and empty is before any.
	if c.state.Promoted || written(live) > c.state.Written {
		return true
	}
	if applier(live) == "" {
		return false
	}
	for _, f := range c.state.Fields {
		if !f.is(replicasPath) && carries(f.in(live), f.Former, f.Target) {
			return true
		}
	}
	return false
}

// written is when this program last wrote to an object, by the API server's
// clock; empty when it never did, and when others have taken over all of it.
func written(obj *unstructured.Unstructured) string {
	for _, e := range obj.GetManagedFields() {
		if e.Manager == fieldManager && e.Operation == metav1.ManagedFieldsOperationUpdate && e.Subresource == "" && e.Time != nil {
			return e.Time.UTC().Format(time.RFC3339)
		}
	}
	return ""
}

// carries says that a part of target that former has not stands in live. A list
// of another length than both may hold anything, so it counts.
func carries(live, former, target any) bool {
	switch {
	case equal(former, target), equal(live, former):
		return false
	case equal(live, target):
		return true
	}
	switch l := live.(type) {
	case map[string]any:
		f, _ := former.(map[string]any)
		t, _ := target.(map[string]any)
		for _, k := range keysOf(f, t) {
			if carries(l[k], f[k], t[k]) {
				return true
			}
		}
	case []any:
		f, _ := former.([]any)
		t, _ := target.([]any)
		if len(f) != len(l) || len(t) != len(l) {
			return true
		}
		for i := range l {
			if carries(l[i], f[i], t[i]) {
				return true
			}
		}
	}
	return false
}
