package manifest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Kustomize builds a folder with a kustomization.
func Kustomize(files filesys.FileSystem, dir string) ([]*unstructured.Unstructured, error) {
	t, err := build(files, dir)
	if err != nil {
		return nil, err
	}
	return Decode(dir, t.data)
}

func kustomized(dir string) bool {
	return slices.ContainsFunc(konfig.RecognizedKustomizationFileNames(), func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
}

func buildOnDisk(dir string) (text, error) { return build(filesys.MakeFsOnDisk(), dir) }

// build runs a kustomization and tells where its objects were written.
func build(files filesys.FileSystem, dir string) (text, error) {
	traced, err := newTracer(files, dir)
	if err != nil {
		return text{}, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(traced, dir)
	if err != nil {
		return text{}, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
	}
	t := text{name: dir + " (as built)", origins: map[string]Origin{}}
	for _, r := range built.Resources() {
		annotations := r.GetAnnotations()
		key := keyOf(r.GetGvk().Group, r.GetKind(), r.GetNamespace(), r.GetName())
		t.origins[key] = traced.origin(annotations[originAnnotation], r.GetKind(), r.GetName())
		if traced.asked {
			continue // the user wants to see them
		}
		delete(annotations, originAnnotation)
		if err := r.SetAnnotations(annotations); err != nil {
			return text{}, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
		}
	}
	t.data, err = built.AsYaml()
	if err != nil {
		return text{}, fmt.Errorf("manifests: build the kustomization %s: %w", dir, err)
	}
	return t, nil
}

// originAnnotation is where kustomize notes from which file an object is.
const originAnnotation = "config.kubernetes.io/origin"

// tracer is a file system in which the kustomization at the root asks for notes
// of where objects come from. Nothing is written to the files themselves.
type tracer struct {
	filesys.FileSystem
	dir  string // as the user wrote it
	root string // as kustomize calls it
	// asked says that the kustomization asks for the notes itself.
	asked bool
}

func newTracer(files filesys.FileSystem, dir string) (*tracer, error) {
	root, _, err := files.CleanedAbs(dir)
	if err != nil {
		return nil, err
	}
	return &tracer{FileSystem: files, dir: dir, root: root.String()}, nil
}

// ReadFile adds the wish for notes to the root's kustomization.
func (t *tracer) ReadFile(name string) ([]byte, error) {
	data, err := t.FileSystem.ReadFile(name)
	if err != nil || filepath.Dir(name) != t.root || !slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(name)) {
		return data, err
	}
	wishes := struct {
		BuildMetadata []string `json:"buildMetadata"`
	}{}
	if err := yaml.Unmarshal(data, &wishes); err != nil {
		return data, nil //nolint:nilerr // kustomize itself says what is wrong with the file
	}
	if t.asked = slices.Contains(wishes.BuildMetadata, types.OriginAnnotations); t.asked {
		return data, nil
	}
	var all map[string]any
	if err := yaml.Unmarshal(data, &all); err != nil || all == nil {
		return data, nil //nolint:nilerr // see above
	}
	all["buildMetadata"] = append(wishes.BuildMetadata, types.OriginAnnotations)
	return yaml.Marshal(all)
}

// origin reads kustomize's note and looks the object up in the file.
func (t *tracer) origin(note, kind, name string) Origin {
	from := struct {
		Path         string `json:"path"`
		Repo         string `json:"repo"`
		ConfiguredIn string `json:"configuredIn"`
	}{}
	if err := yaml.Unmarshal([]byte(note), &from); err != nil || from.Repo != "" {
		return Origin{File: t.dir}
	}
	if from.Path == "" {
		from.Path = from.ConfiguredIn
	}
	if from.Path == "" {
		return Origin{File: t.dir}
	}
	file := path.Join(filepath.ToSlash(t.dir), filepath.ToSlash(from.Path))
	data, err := t.FileSystem.ReadFile(file)
	if err != nil {
		return Origin{File: file}
	}
	return find(file, data, kind, name)
}

// find looks an object up in a file by the name that it has there, or that has
// been given a prefix or a suffix on the way.
func find(file string, data []byte, kind, name string) Origin {
	found := Origin{File: file}
	for _, d := range documents(data) {
		head := d.head()
		if head.Kind != kind || head.Metadata.Name == "" || !strings.Contains(name, head.Metadata.Name) {
			continue
		}
		if found.Line == 0 || head.Metadata.Name == name {
			found = Origin{File: file, Line: d.line, document: d.data}
		}
	}
	return found
}
