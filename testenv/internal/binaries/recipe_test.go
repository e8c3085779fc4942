package binaries

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "copy testenv/tools into recipe")

// TestRecipeIsFresh keeps the embedded copy equal to the module that people and
// their tools update.
func TestRecipeIsFresh(t *testing.T) {
	t.Parallel()
	tools := filepath.Join("..", "..", "tools")
	want := map[string]string{}
	err := filepath.WalkDir(tools, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(tools, name)
		want[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		write(t, want)
		return
	}
	err = eachFile(func(name string, data []byte) error {
		if want[name] != string(data) {
			t.Errorf("recipe/%s.txt differs from testenv/tools/%s; run `go generate ./testenv/...`", name, name)
		}
		delete(want, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		t.Errorf("testenv/tools/%s is missing in recipe; run `go generate ./testenv/...`", name)
	}
}

func write(t *testing.T, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll("recipe"); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		to := filepath.Join("recipe", filepath.FromSlash(name)+".txt")
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
