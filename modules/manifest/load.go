// Package manifest turns what users keep in files into objects and applies
// them: plain YAML, folders and kustomizations.
package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Load reads objects from files, folders of YAML files, and folders with a
// kustomization, in the order given. Objects without a namespace stay so.
func Load(paths ...string) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for _, p := range paths {
		objs, err := load(p)
		if err != nil {
			return nil, err
		}
		out = append(out, objs...)
	}
	return out, nil
}

func load(path string) ([]*unstructured.Unstructured, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("manifests: %s does not exist", path)
	case err != nil:
		return nil, fmt.Errorf("manifests: %w", err)
	case !info.IsDir():
		return loadFile(path)
	case kustomized(path):
		return Kustomize(filesys.MakeFsOnDisk(), path)
	}
	return loadFolder(path)
}

func kustomized(dir string) bool {
	return slices.ContainsFunc(konfig.RecognizedKustomizationFileNames(), func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
}

// Kustomize builds a folder with a kustomization.
func Kustomize(files filesys.FileSystem, dir string) ([]*unstructured.Unstructured, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, dir)
	if err != nil {
		return nil, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
	}
	data, err := built.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
	}
	return Decode(dir, data)
}

func loadFolder(dir string) ([]*unstructured.Unstructured, error) {
	var files []string
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("manifests: %s: %w", dir, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("manifests: no .yaml, .yml or .json file in %s", dir)
	}
	slices.Sort(files)
	var out []*unstructured.Unstructured
	for _, f := range files {
		objs, err := loadFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, objs...)
	}
	return out, nil
}

func loadFile(path string) ([]*unstructured.Unstructured, error) {
	data, err := os.ReadFile(path) //nolint:gosec // reading the files a user names is the purpose
	if err != nil {
		return nil, fmt.Errorf("manifests: %w", err)
	}
	return Decode(path, data)
}

// Decode reads a stream of YAML or JSON documents; Lists are taken apart. name
// is what errors call the stream.
func Decode(name string, data []byte) ([]*unstructured.Unstructured, error) {
	dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	var out []*unstructured.Unstructured
	for n := 1; ; n++ {
		obj := &unstructured.Unstructured{}
		err := dec.Decode(&obj.Object)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("manifests: %s, document %d: %w", name, n, err)
		}
		if len(obj.Object) == 0 {
			continue
		}
		objs, err := flatten(obj)
		if err != nil {
			return nil, fmt.Errorf("manifests: %s, document %d: %w", name, n, err)
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
