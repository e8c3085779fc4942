package manifest

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Origin is where an object was written. The zero Origin is unknown.
type Origin struct {
	File string `json:"file,omitempty"`
	// Line is counted from 1; 0 when only the file is known.
	Line int `json:"line,omitempty"`

	document []byte
}

func (o Origin) String() string {
	if o.Line == 0 {
		return o.File
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// At is where a field of the object was written, or the nearest of the fields
// that hold it: a path such as "spec.http[0].route[1].weight".
func (o Origin) At(path string) Origin {
	root := &yaml.Node{}
	if o.Line == 0 || yaml.Unmarshal(o.document, root) != nil || len(root.Content) == 0 {
		return o
	}
	node, line := root.Content[0], 0
	for _, part := range splitPath(path) {
		key, value := child(node, part)
		if value == nil {
			break
		}
		node, line = value, key.Line
	}
	if line > 0 {
		o.Line += line - 1
	}
	return o
}

// child is a map's value with its key, or a list's item twice.
func child(node *yaml.Node, part string) (key, value *yaml.Node) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i], node.Content[i]
		}
		return nil, nil
	}
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == part {
			return node.Content[i], node.Content[i+1]
		}
	}
	return nil, nil
}

// splitPath takes "spec.http[0].route" apart.
func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// keyOf identifies an object among manifests.
func keyOf(group, kind, namespace, name string) string {
	return group + "/" + kind + "/" + namespace + "/" + name
}

func key(obj *unstructured.Unstructured) string {
	gvk := obj.GroupVersionKind()
	return keyOf(gvk.Group, gvk.Kind, obj.GetNamespace(), obj.GetName())
}

// head is what tells a document's object.
type head struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
}

func (d document) head() head {
	var h head
	_ = yaml.Unmarshal(d.data, &h) // what cannot be read has no head
	return h
}

// Describe is how messages name an object, such as "Deployment demo/sample".
func Describe(obj *unstructured.Unstructured) string {
	if ns := obj.GetNamespace(); ns != "" {
		return fmt.Sprintf("%s %s/%s", obj.GetKind(), ns, obj.GetName())
	}
	return obj.GetKind() + " " + obj.GetName()
}
