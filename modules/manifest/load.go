package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Load reads objects from files, folders of YAML files, and folders with a
// kustomization, in the order given. Objects without a namespace stay so.
func Load(paths ...string) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for _, p := range paths {
		texts, err := readPath(p, false, nil)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			objs, err := Decode(t.name, t.data)
			if err != nil {
				return nil, err
			}
			out = append(out, objs...)
		}
	}
	return out, nil
}

// text is what a file, a stream or a built kustomization holds.
type text struct {
	name string
	data []byte
	// origins are where a kustomization's objects were written; nil for a file.
	origins map[string]Origin
}

// Stdin is the path that means standard input.
const Stdin = "-"

// readPath reads one path that a user named.
func readPath(path string, recursive bool, stdin io.Reader) ([]text, error) {
	if path == Stdin {
		return readStream(stdin)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("manifests: %s does not exist", path)
	case err != nil:
		return nil, fmt.Errorf("manifests: %w", err)
	case !info.IsDir():
		return readFiles([]string{path})
	case kustomized(path):
		t, err := buildOnDisk(filepath.Clean(path))
		return []text{t}, err
	}
	files, err := filesIn(path, recursive)
	if err != nil {
		return nil, err
	}
	return readFiles(files)
}

func readStream(stdin io.Reader) ([]text, error) {
	if stdin == nil {
		return nil, errors.New("manifests: there is no standard input to read")
	}
	data, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("manifests: standard input: %w", err)
	}
	return []text{{name: "standard input", data: data}}, nil
}

func readFiles(paths []string) ([]text, error) {
	var out []text
	for _, p := range paths {
		data, err := os.ReadFile(p) //nolint:gosec // reading the files a user names is the purpose
		if err != nil {
			return nil, fmt.Errorf("manifests: %w", err)
		}
		out = append(out, text{name: p, data: data})
	}
	return out, nil
}

// extensions are those of files that hold manifests.
var extensions = []string{".yaml", ".yml", ".json"}

// filesIn are a folder's manifests in the order of their names.
func filesIn(dir string, recursive bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (!recursive || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(extensions, filepath.Ext(path)):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("manifests: %s: %w", dir, err)
	}
	if len(files) == 0 {
		hint := ""
		if !recursive {
			hint = "; -R looks in the folders below it, too"
		}
		return nil, fmt.Errorf("manifests: no .yaml, .yml or .json file in %s%s", dir, hint)
	}
	return files, nil
}
