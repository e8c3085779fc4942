package volume

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// file is one file of a volume made from objects of the cluster.
type file struct {
	data []byte
	mode fs.FileMode
}

// payload is the content of such a volume, by path below it.
type payload map[string]file

// link is the name that always leads to the folder with the current content.
const link = "..data"

// write replaces a volume's content in one step: a reader sees all old files or
// all new ones. Visible names are links through "..data", which is switched.
func (p payload) write(dir string, group *int64) error {
	if p.same(dir) {
		return nil
	}
	fresh, err := os.MkdirTemp(dir, "..v")
	if err != nil {
		return err
	}
	if err := os.Chmod(fresh, folderMode); err != nil {
		return err
	}
	for path, f := range p {
		if err := f.write(filepath.Join(fresh, path), group); err != nil {
			return err
		}
	}
	old, _ := os.Readlink(filepath.Join(dir, link)) // none at first
	if err := swap(dir, filepath.Base(fresh)); err != nil {
		return err
	}
	if err := p.expose(dir); err != nil {
		return err
	}
	if old != "" {
		return os.RemoveAll(filepath.Join(dir, old))
	}
	return nil
}

// folderMode lets every user pass: containers run as others.
const folderMode = 0o755

func folder(path string) error {
	return os.MkdirAll(path, folderMode)
}

func (f file) write(path string, group *int64) error {
	if err := folder(filepath.Dir(path)); err != nil {
		return err
	}
	mode := f.mode
	if group != nil {
		mode |= 0o440
	}
	if err := os.WriteFile(path, f.data, mode); err != nil {
		return err
	}
	if group != nil {
		if err := os.Chown(path, -1, int(*group)); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode) // whatever the umask is
}

func swap(dir, to string) error {
	temp := filepath.Join(dir, link+"_tmp")
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(to, temp); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(dir, link))
}

// expose links each first part of a path, and unlinks what is gone.
func (p payload) expose(dir string) error {
	names := map[string]bool{}
	for path := range p {
		first, _, _ := strings.Cut(path, "/")
		names[first] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		stale := e.Type()&fs.ModeSymlink != 0 && !strings.HasPrefix(e.Name(), "..")
		if stale && !names[e.Name()] {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
		delete(names, e.Name())
	}
	for name := range names {
		if err := os.Symlink(filepath.Join(link, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// same compares with what is there, so that nothing is touched without need.
func (p payload) same(dir string) bool {
	found := map[string]bool{}
	root := filepath.Join(dir, link) + "/"
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // a file of the volume
		if want, ok := p[name]; err == nil && (!ok || !bytes.Equal(data, want.data)) {
			return errChanged
		}
		found[name] = true
		return err
	})
	return err == nil && len(found) == len(p)
}

var errChanged = errors.New("changed")

// add takes over other files. Two sources for one path are an error.
func (p payload) add(other payload) error {
	for _, path := range slices.Sorted(maps.Keys(other)) {
		if _, twice := p[path]; twice {
			return fmt.Errorf("path %s comes from two sources", path)
		}
		p[path] = other[path]
	}
	return nil
}
