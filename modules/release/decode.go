package release

import (
	"path/filepath"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Decode reads a Release: strictly, then with its defaults, then validated. The
// name stands in errors, and paths in the file start at its folder. The error is
// an Errors with every mistake.
func Decode(name string, data []byte) (*Release, error) {
	f := &findings{file: name, where: map[string]position{}}
	root := f.document(data)
	if root == nil || !f.isRelease(root) {
		return nil, f.problems.orNil()
	}
	r := &Release{}
	reader{f}.value(root, "", reflect.ValueOf(r).Elem())
	f.decoded = len(f.problems)
	defaults{f.written}.release(r)
	f.release(r)
	if err := f.problems.orNil(); err != nil {
		return nil, err
	}
	r.startAt(filepath.Dir(name))
	return r, nil
}

// startAt makes the paths of the file usable from the working directory.
func (r *Release) startAt(folder string) {
	paths := r.Spec.Candidate.Manifests
	for i, path := range paths {
		paths[i] = from(folder, path)
	}
	if p := r.Spec.Metrics.Prometheus; p != nil && p.CAFile != "" {
		p.CAFile = from(folder, p.CAFile)
	}
}

func from(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

// isRelease looks at apiVersion and kind alone: of another kind of file every
// further line would be a mistake.
func (f *findings) isRelease(root *yaml.Node) bool {
	before := len(f.problems)
	if root.Kind != yaml.MappingNode {
		f.at(place(root), "", "%s, not %s; %s", want(reflect.TypeFor[Release]()), shown(root), beginning)
		return false
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i].Value, resolve(root.Content[i+1])
		switch {
		case value.Kind != yaml.ScalarNode || isNull(value):
		case key == "apiVersion" && value.Value != APIVersion:
			f.at(place(value), key, "%s is not known here; want %s", shown(value), APIVersion)
		case key == "kind" && value.Value != Kind:
			f.at(place(value), key, "%s is not a kind of file that is read here; want %s", shown(value), Kind)
		}
	}
	return len(f.problems) == before
}
