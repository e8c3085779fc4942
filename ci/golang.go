package main

import (
	"context"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// golang builds a Go service without a Dockerfile.
type golang struct {
	headgate *Headgate
	pkg      string
}

func (g golang) detect(ctx context.Context, source *dagger.Directory) (bool, error) {
	return source.Exists(ctx, "go.mod")
}

func (g golang) image(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	program := g.workspace(source, platform).
		WithExec([]string{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", "/out/app", g.pkg}).
		File("/out/app")
	return dag.Container(dagger.ContainerOpts{Platform: platform}).
		From(g.headgate.BaseImage).
		WithFile("/app", program).
		WithUser("65532:65532").
		WithEntrypoint([]string{"/app"})
}

func (g golang) tester(source *dagger.Directory) (*dagger.Container, []string) {
	return g.workspace(source, ""), []string{"go", "test", "./..."}
}

func (g golang) workspace(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	return g.headgate.golang(platform).WithMountedDirectory(workDir, source).WithWorkdir(workDir)
}

// crossCompiling makes the Go toolchain build for another platform than its own.
func crossCompiling(ctr *dagger.Container, platform dagger.Platform) *dagger.Container {
	if platform == "" {
		return ctr
	}
	parts := strings.SplitN(string(platform), "/", 3)
	ctr = ctr.WithEnvVariable("GOOS", parts[0])
	if len(parts) > 1 {
		ctr = ctr.WithEnvVariable("GOARCH", parts[1])
	}
	if len(parts) > 2 && parts[1] == "arm" {
		ctr = ctr.WithEnvVariable("GOARM", strings.TrimPrefix(parts[2], "v"))
	}
	return ctr
}
