package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Decode reads a stream of YAML or JSON documents; Lists are taken apart. name
// is what errors call the stream.
func Decode(name string, data []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for _, d := range documents(data) {
		objs, err := d.objects()
		if err != nil {
			return nil, fmt.Errorf("manifests: %s:%d: %w", name, d.line, err)
		}
		out = append(out, objs...)
	}
	return out, nil
}

// document is one part of a stream of YAML, or a stream of JSON.
type document struct {
	// line is that of the first line that says something, counted from 1.
	line int
	data []byte
}

// documents takes a stream apart at the lines that begin with three dashes.
func documents(data []byte) []document {
	if yaml.IsJSONBuffer(data) {
		return []document{{line: 1, data: data}}
	}
	var out []document
	current := document{}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if bytes.HasPrefix(line, []byte("---")) {
			out = append(out, current)
			current = document{}
			line = line[len("---"):] // an object may begin behind the dashes
		}
		if current.line == 0 && says(line) {
			current.line = number
		}
		if current.line != 0 {
			current.data = append(current.data, line...)
		}
	}
	out = append(out, current)
	said := out[:0]
	for _, d := range out {
		if d.line != 0 {
			said = append(said, d)
		}
	}
	return said
}

// says reports whether a line is more than space or a comment.
func says(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] != '#'
}

func (d document) objects() ([]*unstructured.Unstructured, error) {
	dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(d.data), 4096)
	var out []*unstructured.Unstructured
	for {
		var raw runtime.RawExtension
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		obj := &unstructured.Unstructured{}
		if err := json.Unmarshal(raw.Raw, &obj.Object); err != nil {
			return nil, fmt.Errorf("not an object: %w", err)
		}
		if len(obj.Object) == 0 {
			continue
		}
		objs, err := flatten(obj)
		if err != nil {
			return nil, err
		}
		out = append(out, objs...)
	}
}

func flatten(obj *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	if obj.GetKind() == "" || obj.GetAPIVersion() == "" {
		return nil, errors.New("it has no kind or no apiVersion: not a Kubernetes object")
	}
	if !obj.IsList() {
		if obj.GetName() == "" {
			return nil, fmt.Errorf("%s without metadata.name", obj.GetKind())
		}
		return []*unstructured.Unstructured{obj}, nil
	}
	var out []*unstructured.Unstructured
	err := obj.EachListItem(func(item runtime.Object) error {
		u, ok := item.(*unstructured.Unstructured)
		if !ok {
			return fmt.Errorf("unexpected list item %T", item)
		}
		out = append(out, u)
		return nil
	})
	return out, err
}
