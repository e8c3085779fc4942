package main

import (
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// programPath is where the program is in containers.
const programPath = "/usr/local/bin/headgate"

// Program is the headgate program for Linux, built of the module's own source
// and cached by it.
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
		WithExec([]string{"go", "build", "-trimpath", "-ldflags", flags, "-o", "/out/headgate", "."}).
		File("/out/headgate")
}

// Cli is a container with the headgate program as its entrypoint, for what no
// function here does.
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
