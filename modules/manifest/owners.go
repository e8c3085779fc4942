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

// Owner is who last wrote a field, as the API server noted it.
type Owner struct {
	Manager string `json:"manager"`
	// Operation is Apply or Update.
	Operation string    `json:"operation"`
	Time      time.Time `json:"time,omitzero"`
}

func (o Owner) String() string {
	if o.Manager == "" {
		return "unknown"
	}
	s := o.Manager
	if !o.Time.IsZero() {
		s += " at " + o.Time.UTC().Format(time.RFC3339)
	}
	return s
}

// owners are the owners of an object's fields, by path.
type owners map[string]Owner

// ownersOf reads an object's managedFields. Where several own a field, the last
// to have written it counts.
func ownersOf(obj *unstructured.Unstructured) owners {
	out := owners{}
	for _, entry := range obj.GetManagedFields() {
		if entry.Subresource == "status" {
			continue
		}
		who := Owner{Manager: entry.Manager, Operation: string(entry.Operation), Time: timeOf(entry.Time)}
		fieldsOf(entry).Iterate(func(p fieldpath.Path) {
			path, ok := resolve(obj.Object, p)
			if before, known := out[path]; ok && (!known || before.Time.Before(who.Time)) {
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

// of is the owner of a field, or of the nearest that holds it.
func (o owners) of(path string) Owner {
	for path != "" {
		if who, ok := o[path]; ok {
			return who
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return Owner{}
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
