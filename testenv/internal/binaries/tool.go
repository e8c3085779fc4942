package binaries

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/cache"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Tool is a program that no environment needs: it is built only for those who
// ask for it, from a tools module of its own.
type Tool struct {
	// Dir is the folder of the tools module.
	Dir string
	// Module is the path of the module that the program is in, and Package what
	// stands behind it in the program's import path.
	Module, Package string
}

// Built is where a Tool is.
type Built struct {
	// Program is the path of the program.
	Program string
	// Source is the folder of its module, with all files that the module has.
	Source string
}

// toolFlags leave out what only a debugger reads.
var toolFlags = []string{"-ldflags", "-s -w"}

// EnsureTool returns a Tool, building it when it is missing. As with Ensure,
// one of several processes builds and the others wait.
func EnsureTool(ctx context.Context, t Tool, tell progress.Func) (Built, error) {
	if tell == nil {
		tell = func(progress.Event) {}
	}
	p := program{name: path.Base(t.Package), pkg: path.Join(t.Module, t.Package)}
	dir, err := t.store()
	if err != nil {
		return Built{}, err
	}
	unlock, err := cache.Lock(ctx, dir, func() { tell(progress.Event{What: "waiting for another process that builds " + p.name}) })
	if err != nil {
		return Built{}, err
	}
	defer unlock()
	b := &builder{what: p.name, src: t.Dir, flags: toolFlags, tell: tell}
	built := Built{Program: filepath.Join(dir, p.name)}
	if !exists(built.Program) {
		if err := b.one(ctx, p, dir); err != nil {
			return Built{}, err
		}
	}
	built.Source, err = b.module(ctx, t.Module)
	return built, err
}

// one builds a program into a folder of its own below dir and moves it to dir.
func (b *builder) one(ctx context.Context, p program, dir string) (err error) {
	if b.bin, err = os.MkdirTemp(dir, "new"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.bin)) }()
	b.began = time.Now()
	if err := b.compile(ctx, []program{p}); err != nil {
		return err
	}
	return b.deliver(p, filepath.Join(dir, p.name))
}

// store is the folder for the versions that the tools module pins.
func (t Tool) store() (string, error) {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, runtime.GOOS, runtime.GOARCH, toolFlags, t.Module, t.Package)
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(t.Dir, name)) //nolint:gosec // of our own tools modules
		if err != nil {
			return "", fmt.Errorf("tools module: %w", err)
		}
		_, _ = h.Write(data)
	}
	return cache.Versioned("tools", fmt.Sprintf("%x", h.Sum(nil))[:16])
}
