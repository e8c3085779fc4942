package main

import (
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// programPath is where the program is in containers.
const programPath = "/usr/local/bin/headgate"

// The headgate program for Linux, built of the module's own source.
//
// It is cached by the source. Export it once and give it to further calls with
// --program, as the recipes do between jobs.
func (h *Headgate) Program(
	// Platform to build for; the engine's by default.
	// +optional
	platform dagger.Platform,
	// Version that it says it is, such as v1.2.0; none by default.
	// +optional
	version string,
) (*dagger.File, error) {
	if h.Built != nil && platform == "" && version == "" {
		return h.Built, nil
	}
	named, err := linkedAs(version, "")
	if err != nil {
		return nil, err
	}
	return h.compiled(platform, named), nil
}

// compile says what it does and counts, for it lasts minutes where nothing is in
// the cache; its exit code is that of the compiler.
const compile = `echo "headgate: compiling the program, some 1,000 packages: minutes the first time on an engine, seconds afterwards." >&2
echo "headgate: another job can hand it over: export it with the function program, and give it to this one with --program." >&2
{ go build -v "$@" 2>&1; echo $? >/tmp/code; } | awk '
  /^[^ :#]+$/ { if (++n % 100 == 0) print "headgate: " n " packages compiled"; next }
  { print }' >&2
exit "$(cat /tmp/code)"`

// program is what the module's own containers run.
func (h *Headgate) program() *dagger.File {
	if h.Built != nil {
		return h.Built
	}
	return h.compiled("")
}

// compiled builds the program with further flags of the linker.
func (h *Headgate) compiled(platform dagger.Platform, linker ...string) *dagger.File {
	flags := strings.TrimSpace("-s -w " + strings.Join(linker, " "))
	return h.golang(platform).
		WithMountedDirectory("/src", h.programSource()).
		WithWorkdir("/src").
		WithExec([]string{"sh", "-c", compile, "compile", "-trimpath", "-ldflags", flags, "-o", "/out/headgate", "."}).
		File("/out/headgate")
}

// A container with the headgate program, for what no function here does.
//
// The program is its entrypoint.
func (h *Headgate) Cli() *dagger.Container {
	return dag.Container().
		From(h.BaseImage).
		WithFile(programPath, h.program(), dagger.ContainerWithFileOpts{Permissions: 0o755}).
		WithEntrypoint([]string{programPath}).
		WithEnvVariable("CI", "true").
		WithWorkdir(workDir)
}

// programSource is what the program is compiled of, and nothing that changes
// without changing it.
func (h *Headgate) programSource() *dagger.Directory {
	return h.Source.Filter(dagger.DirectoryFilterOpts{
		Include: []string{"go.mod", "go.sum", "main.go", "modules", "testenv", "k8s", "docs/schema"},
		Exclude: []string{"**/*_test.go", "**/testdata"},
	})
}

// golang is a container with the Go toolchain and its caches.
func (h *Headgate) golang(platform dagger.Platform) *dagger.Container {
	ctr := dag.Container().
		From(h.GoImage).
		WithMountedCache("/go/pkg/mod", dag.CacheVolume("headgate-go-mod")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("headgate-go-build")).
		WithEnvVariable("CGO_ENABLED", "0").
		WithEnvVariable("GOFLAGS", "-buildvcs=false")
	return crossCompiling(ctr, platform)
}
