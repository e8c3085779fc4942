package istio

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Writing a list makes Headgate the owner of all of it (Istio's lists are
// atomic), and the API server never gives ownership back. A user's next
// `kubectl apply --server-side` would be refused for a conflict with somebody
// who is long gone. So what the fields' owners were is kept, and put back
// after the fields are.

// owner is a field manager of an object, with the fields of the spec that it
// owned.
type owner struct {
	Manager   string                            `json:"manager"`
	Operation metav1.ManagedFieldsOperationType `json:"operation"`
	API       string                            `json:"api"`
	Time      *metav1.Time                      `json:"time,omitempty"`
	// Fields are those of the spec, such as "f:http", as the API server
	// writes them.
	Fields map[string]any `json:"fields"`
}

// ownersOf are the owners of some fields of an object's spec.
func ownersOf(o *unstructured.Unstructured, fields ...string) []owner {
	var out []owner
	for _, m := range o.GetManagedFields() {
		owned := specFields(m)
		for k := range owned {
			if !slices.Contains(fields, k) {
				delete(owned, k)
			}
		}
		if len(owned) > 0 && m.Manager != traffic.FieldManager && m.Subresource == "" {
			out = append(out, owner{m.Manager, m.Operation, m.APIVersion, m.Time, owned})
		}
	}
	return out
}

// disown gives the fields that Headgate owns back to those who owned them
// before, unless somebody else has taken them since. That it fails does no
// harm to traffic, so it is a warning.
func (s *Split) disown(ctx context.Context, ref traffic.ObjectRef, before []owner) {
	err := s.edit(ctx, ref, func(o *unstructured.Unstructured) ([]op, error) {
		now := o.GetManagedFields()
		after := givenBack(now, before)
		if len(after) == len(now) && !slices.ContainsFunc(now, isOurs) {
			return nil, nil
		}
		return []op{test("/metadata/resourceVersion", o.GetResourceVersion()), replace("/metadata/managedFields", after)}, nil
	})
	if err != nil {
		s.state.Warnings = append(s.state.Warnings, "give the fields' ownership back: "+err.Error())
	}
}

func isOurs(m metav1.ManagedFieldsEntry) bool { return m.Manager == traffic.FieldManager }

// givenBack are an object's owners without Headgate.
func givenBack(now []metav1.ManagedFieldsEntry, before []owner) []metav1.ManagedFieldsEntry {
	orphans := map[string]bool{}
	for _, m := range now {
		if isOurs(m) {
			for k := range specFields(m) {
				orphans[k] = true
			}
		}
	}
	out := slices.DeleteFunc(slices.Clone(now), isOurs)
	for _, m := range out {
		for k := range specFields(m) {
			delete(orphans, k)
		}
	}
	for _, b := range before {
		for k := range b.Fields {
			if orphans[k] {
				out = grant(out, b, k)
			}
		}
	}
	return out
}

// grant has an owner own a field again.
func grant(entries []metav1.ManagedFieldsEntry, b owner, field string) []metav1.ManagedFieldsEntry {
	i := slices.IndexFunc(entries, func(m metav1.ManagedFieldsEntry) bool {
		return m.Manager == b.Manager && m.Operation == b.Operation && m.APIVersion == b.API && m.Subresource == ""
	})
	if i < 0 {
		entries = append(entries, metav1.ManagedFieldsEntry{Manager: b.Manager, Operation: b.Operation, APIVersion: b.API, Time: b.Time, FieldsType: "FieldsV1"})
		i = len(entries) - 1
	}
	fields := fieldsOf(entries[i])
	owned, _ := fields["f:spec"].(map[string]any)
	owned = maps.Clone(owned)
	if owned == nil {
		owned = map[string]any{}
	}
	owned[field], fields["f:spec"] = b.Fields[field], owned
	raw, err := json.Marshal(fields)
	if err == nil { // it came from JSON
		entries[i].FieldsV1 = metav1.NewFieldsV1(string(raw))
	}
	return entries
}

// fieldsOf is what a manager owns, as the API server writes it.
func fieldsOf(m metav1.ManagedFieldsEntry) map[string]any {
	out := map[string]any{}
	_ = json.Unmarshal(m.FieldsV1.GetRawBytes(), &out) // what cannot be read is not ours to move
	return out
}

func specFields(m metav1.ManagedFieldsEntry) map[string]any {
	owned, _ := fieldsOf(m)["f:spec"].(map[string]any)
	return owned
}
