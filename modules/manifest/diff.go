package manifest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// unified is the unified diff of a Change; empty when nothing changes.
func unified(c Change) string {
	before, after := plainOrNil(c.Live), plainOrNil(c.Result)
	mask(before, after)
	name := c.APIVersion + "/" + strings.ReplaceAll(c.String(), " ", "/")
	text := diff.Diff("live/"+name, asYAML(before), "manifests/"+name, asYAML(after))
	_, text, _ = bytes.Cut(text, []byte("\n")) // the library's own first line is for `git`
	return string(text)
}

func plainOrNil(obj *unstructured.Unstructured) *unstructured.Unstructured {
	if obj == nil {
		return nil
	}
	return plain(obj)
}

func asYAML(obj *unstructured.Unstructured) []byte {
	if obj == nil {
		return nil
	}
	data, err := yaml.Marshal(obj.Object)
	if err != nil {
		return []byte("cannot be shown: " + err.Error() + "\n")
	}
	return data
}

// mask hides the values of Secrets, in the objects given. It leaves to be seen
// which keys there are and which values differ.
func mask(before, after *unstructured.Unstructured) {
	for _, field := range []string{"data", "stringData"} {
		old, now := secretField(before, field), secretField(after, field)
		for k, v := range old {
			other, both := now[k]
			switch {
			case !both:
				old[k] = masked
			case fmt.Sprint(v) == fmt.Sprint(other):
				old[k], now[k] = masked, masked
			default:
				old[k], now[k] = masked+" (before)", masked+" (after)"
			}
		}
		for k := range now {
			if _, both := old[k]; !both {
				now[k] = masked
			}
		}
	}
}

// masked stands for a Secret's value.
const masked = "***"

// secretField is a map of a Secret's values; nil for all else.
func secretField(obj *unstructured.Unstructured, field string) map[string]any {
	if obj == nil || obj.GetKind() != "Secret" || obj.GroupVersionKind().Group != "" {
		return nil
	}
	m, _ := obj.Object[field].(map[string]any)
	return m
}
