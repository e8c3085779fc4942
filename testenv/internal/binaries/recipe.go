package binaries

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// recipe is a copy of testenv/tools with .txt behind every name: a folder with
// a go.mod of its own cannot be embedded. A test keeps the two equal.
//
//go:generate go test -run TestRecipeIsFresh -update .
//go:embed recipe
var recipe embed.FS

// sums identify by content what will be built and what will be rendered.
func sums() (built, rendered string, err error) {
	flags := strings.Join([]string{runtime.GOOS, runtime.GOARCH, tags, ldflags}, "\n")
	var programs, all strings.Builder
	err = eachFile(func(name string, data []byte) error {
		entry := fmt.Sprintf("%s %x\n", name, sha256.Sum256(data))
		all.WriteString(entry)
		if !strings.Contains(name, "/") {
			programs.WriteString(entry)
		}
		return nil
	})
	short := func(b *strings.Builder) string {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(flags+"\n"+b.String())))[:16]
	}
	return short(&programs), short(&all), err
}

// layOut writes the tools module into a folder.
func layOut(dir string) error {
	return eachFile(func(name string, data []byte) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
}

// eachFile goes through the tools module's files, by their own names.
func eachFile(do func(name string, data []byte) error) error {
	return fs.WalkDir(recipe, "recipe", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := recipe.ReadFile(name)
		if err != nil {
			return err
		}
		return do(strings.TrimSuffix(strings.TrimPrefix(name, "recipe/"), ".txt"), data)
	})
}
