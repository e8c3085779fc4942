package binaries

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
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
	programs, all := sha256.New(), sha256.New()
	for _, v := range []string{runtime.GOOS, runtime.GOARCH, runtime.Version(), tags, ldflags} {
		fmt.Fprintln(programs, v)
		fmt.Fprintln(all, v)
	}
	err = eachFile(func(name string, data []byte) error {
		fmt.Fprintln(all, name, len(data))
		_, _ = all.Write(data) // hashes do not fail
		if !strings.Contains(name, "/") {
			fmt.Fprintln(programs, name, len(data))
			_, _ = programs.Write(data)
		}
		return nil
	})
	short := func(sum []byte) string { return hex.EncodeToString(sum)[:16] }
	return short(programs.Sum(nil)), short(all.Sum(nil)), err
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
