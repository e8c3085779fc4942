package manifest

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// Owner is who made a field what it is, as the API server noted it.
type Owner struct {
	Manager string `json:"manager"`
	// Operation is Apply or Update.
	Operation string `json:"operation"`
	// Time is when Manager last wrote to the object: the field was changed then or
	// before. The API server keeps no time for each field.
	Time time.Time `json:"time,omitzero"`
}

func (o Owner) String() string {
	if o.Manager == "" {
		return "unknown"
	}
	s := o.Manager
	if !o.Time.IsZero() {
		s += " at " + o.Time.UTC().Format(time.RFC3339) + " or before"
	}
	return s
}

// owners are the owners of an object's fields, by path.
type owners map[string]Owner

// ownersOf reads an object's managedFields. Who writes another value takes a
// field from its owners, so where several have it, it has been as it is since the
// first of them wrote.
func ownersOf(obj *unstructured.Unstructured) owners {
	out := owners{}
	for _, entry := range obj.GetManagedFields() {
		if entry.Subresource == "status" {
			continue
		}
		who := Owner{Manager: entry.Manager, Operation: string(entry.Operation), Time: timeOf(entry.Time)}
		fieldsOf(entry).Iterate(func(p fieldpath.Path) {
			path, ok := resolve(obj.Object, p)
			if before, known := out[path]; ok && (!known || who.Time.Before(before.Time)) {
				out[path] = who
			}
		})
	}
	return out
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// of is who made a field what it is: its owner, that of the nearest that holds
// it, or who last added to what is in it. Nobody owns what is not there, so who
// took something away (less) is known only where the whole is one value.
func (o owners) of(path string, less bool) Owner {
	if last, parts := o.within(path); parts {
		if less {
			return Owner{}
		}
		return last
	}
	for at := path; at != ""; at = at[:max(strings.LastIndexAny(at, ".["), 0)] {
		who, ok := o[at]
		if !ok {
			continue
		}
		if _, parts := o.within(at); parts && less {
			return Owner{}
		}
		return who
	}
	return Owner{}
}

// within is who last wrote a part of what stands at a path; false where it has
// no owned parts.
func (o owners) within(path string) (last Owner, parts bool) {
	for p, who := range o {
		rest, ok := strings.CutPrefix(p, path)
		if !ok || rest == "" || rest[0] != '.' && rest[0] != '[' {
			continue
		}
		if !parts || last.Time.Before(who.Time) || last.Time.Equal(who.Time) && who.Manager < last.Manager {
			last, parts = who, true
		}
	}
	return last, parts
}

// resolve writes a path of managedFields, which names list items by their keys,
// as one with indices: "spec.containers[0].image".
func resolve(v any, p fieldpath.Path) (string, bool) {
	var path string
	for _, element := range p {
		switch {
		case element.FieldName != nil:
			m, ok := v.(map[string]any)
			if !ok {
				return "", false
			}
			path, v = join(path, *element.FieldName), m[*element.FieldName]
		default:
			list, ok := v.([]any)
			i := indexOf(list, element)
			if !ok || i < 0 {
				return "", false
			}
			path, v = fmt.Sprintf("%s[%d]", path, i), list[i]
		}
	}
	return path, true
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

func indexOf(list []any, e fieldpath.PathElement) int {
	for i, item := range list {
		switch {
		case e.Index != nil && *e.Index == i:
			return i
		case e.Value != nil && value.Equals(*e.Value, value.NewValueInterface(item)):
			return i
		case e.Key != nil && hasKey(item, *e.Key):
			return i
		}
	}
	return -1
}

func hasKey(item any, key value.FieldList) bool {
	m, ok := item.(map[string]any)
	if !ok {
		return false
	}
	for _, f := range key {
		have, there := m[f.Name]
		if !there || !value.Equals(f.Value, value.NewValueInterface(have)) {
			return false
		}
	}
	return true
}
