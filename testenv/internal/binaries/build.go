package binaries

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// done marks a folder whose content is whole.
const done = "complete"

// build compiles the programs and renders Istio's objects, unless that was done.
func (s *store) build(ctx context.Context, progress func(Progress)) error {
	if s.complete() {
		return nil
	}
	unlock, err := s.lock(ctx, func() { progress(Progress{What: "waiting for another process that builds the mesh's programs"}) })
	if err != nil {
		return err
	}
	defer unlock()
	if s.complete() { // by the one we waited for
		return nil
	}
	if err := s.compile(ctx, programs, progress); err != nil {
		return err
	}
	if err := s.render(ctx); err != nil {
		return err
	}
	return os.WriteFile(s.path(done), nil, 0o600)
}

func (s *store) complete() bool {
	_, err := os.Stat(s.path(done))
	return err == nil
}

// compile builds programs in one go, which shares what they have in common.
func (s *store) compile(ctx context.Context, ps []program, progress func(Progress)) error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("the mesh's programs are built by the Go toolchain, and there is no `go` on PATH: install Go, or set HEADGATE_CACHE to a cache that has them")
	}
	src := s.path("src")
	if err := layOut(src); err != nil {
		return fmt.Errorf("lay out the tools module: %w", err)
	}
	began := time.Now()
	say := func(p Progress) { p.Elapsed = time.Since(began); progress(p) }
	say(Progress{What: "getting the sources of the mesh's programs"})
	stale, err := s.stale(ctx, src, ps)
	if err != nil {
		return err
	}
	args := []string{"build", "-v", "-tags", tags, "-ldflags", ldflags, "-o", s.path("bin") + string(filepath.Separator)}
	cmd := goCommand(ctx, src, append(args, packages(ps)...)...)
	if err := os.MkdirAll(s.path("bin"), 0o700); err != nil {
		return err
	}
	if err := follow(cmd, stale, say); err != nil {
		return fmt.Errorf("build %s: %w", names(ps), err)
	}
	return s.rename()
}

// rename gives etcd its name: its package is called server.
func (s *store) rename() error {
	err := os.Rename(s.path("bin", "server"), s.path("bin", "etcd"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// stale is how many packages will have to be compiled. It downloads the
// modules.
func (s *store) stale(ctx context.Context, src string, ps []program) (int, error) {
	args := []string{"list", "-deps", "-f", "{{if .Stale}}x{{end}}", "-tags", tags}
	cmd := goCommand(ctx, src, append(args, packages(ps)...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("get the sources of %s: %w\n%s", names(ps), err, tail(stderr.Bytes()))
	}
	return bytes.Count(out, []byte("x")), nil
}

// follow runs a verbose build and counts the packages that it names.
func follow(cmd *exec.Cmd, total int, say func(Progress)) error {
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	last := count(pipe, total, say)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, last)
	}
	return nil
}

func count(r io.Reader, total int, say func(Progress)) (last string) {
	var recent []string
	var told time.Time
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "go: downloading") {
			continue
		}
		n++
		recent = append(recent, line)[max(0, len(recent)-20):]
		if time.Since(told) >= 5*time.Second {
			told = time.Now()
			say(Progress{What: "building the mesh's programs", Done: min(n, total), Total: total, Unit: "packages"})
		}
	}
	return strings.Join(recent, "\n")
}

// render has Istio's objects written beside the programs, and copies the
// template of Envoy's configuration there.
func (s *store) render(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, s.path("bin", "istiorender"), "-out", s.path("istio"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("render Istio's objects: %w\n%s", err, tail(out))
	}
	dir, err := goCommand(ctx, s.path("src"), "list", "-m", "-f", "{{.Dir}}", "istio.io/istio").Output()
	if err != nil {
		return fmt.Errorf("find the Istio module: %w", err)
	}
	template, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "tools", "packaging", "common", "envoy_bootstrap.json"))
	if err != nil {
		return fmt.Errorf("the template of Envoy's configuration: %w", err)
	}
	return os.WriteFile(s.path("istio", "envoy_bootstrap.json"), template, 0o644)
}

// goCommand runs the Go tool in the tools module, away from any workspace or
// vendor mode of the caller's.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -buildvcs=false")
	return cmd
}

func packages(ps []program) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.pkg
	}
	return out
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }
