package k8s

import (
	"fmt"
	"io/fs"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomize returns the objects of a folder, as `kubectl kustomize` prints them.
func kustomize(folder string) ([]byte, error) {
	memory, err := inMemory()
	if err != nil {
		return nil, err
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy // kubectl's own order
	objects, err := krusty.MakeKustomizer(options).Run(memory, folder)
	if err != nil {
		return nil, fmt.Errorf("k8s/%s: %w", folder, err)
	}
	return objects.AsYaml()
}

// inMemory is Files in the form that kustomize reads.
func inMemory() (filesys.FileSystem, error) {
	memory := filesys.MakeFsInMemory()
	err := fs.WalkDir(Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := Files.ReadFile(path)
		if err != nil {
			return err
		}
		return memory.WriteFile(path, data)
	})
	return memory, err
}
