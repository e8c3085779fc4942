package binaries

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/headgate-ci/headgate/testenv/internal/cache"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// store is where built programs are kept: one folder for each content of the
// tools module's go.mod and go.sum, and one for each content of the renderer.
type store struct {
	sum      string
	dir      string // of the programs
	rendered string // of Istio's objects
}

func open() (*store, error) {
	sum, renderer, err := sums()
	if err != nil {
		return nil, fmt.Errorf("the test environment's recipe: %w", err)
	}
	s := &store{sum: sum}
	if s.dir, err = cache.Versioned("programs", sum); err != nil {
		return nil, err
	}
	s.rendered, err = cache.Versioned("istio", renderer)
	return s, err
}

func (s *store) program(name string) string { return filepath.Join(s.dir, name) }

// bootstrap is written last of what is rendered, and so stands for all of it.
func (s *store) bootstrap() string { return filepath.Join(s.rendered, "envoy_bootstrap.json") }

// absent are the programs that have to be built.
func (s *store) absent(ps []program) []program {
	var out []program
	for _, p := range ps {
		if !exists(s.program(p.name)) {
			out = append(out, p)
		}
	}
	return out
}

// build makes what is absent: programs, and Istio's objects.
func (s *store) build(ctx context.Context, ps []program, tell progress.Func) error {
	if len(s.absent(ps)) == 0 && exists(s.bootstrap()) {
		return nil
	}
	unlock, err := cache.Lock(ctx, s.dir, func() {
		tell(progress.Event{What: "waiting for another process that builds the mesh's binaries"})
	})
	if err != nil {
		return err
	}
	defer unlock()
	ps = s.absent(ps) // without those of the one we waited for
	render := !exists(s.bootstrap())
	if len(ps) == 0 && !render {
		return nil
	}
	return s.make(ctx, ps, render, tell)
}

// make builds in a folder of its own and moves what is whole to its place.
func (s *store) make(ctx context.Context, ps []program, render bool, tell progress.Func) (err error) {
	tmp, err := os.MkdirTemp(s.dir, "new")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	b := &builder{
		what: "the mesh's binaries", flags: flags(), tell: tell,
		src: filepath.Join(tmp, "src"), bin: filepath.Join(tmp, "bin"),
	}
	if err := layOut(b.src); err != nil {
		return fmt.Errorf("lay out the tools module: %w", err)
	}
	all := ps
	if render {
		all = append(all[:len(all):len(all)], renderer)
	}
	if err := b.compile(ctx, all); err != nil {
		return err
	}
	if render {
		if err := b.render(ctx, s.rendered, s.bootstrap()); err != nil {
			return err
		}
	}
	for _, p := range ps {
		if err := b.deliver(p, s.program(p.name)); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
