package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Build a container image of a service.
//
// It is built of the service's Dockerfile if it has one, else of its Go or Node
// source.
// +cache="session"
func (h *Headgate) Build(
	ctx context.Context,
	// The service's source.
	// +ignore=["**/node_modules", "**/.terraform", ".dagger", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Dockerfile, as a path in the source.
	// Without one the source decides: go.mod means Go, package.json means Node.
	// +optional
	// +default="Dockerfile"
	dockerfile string,
	// Stage of the Dockerfile to build; the last one by default.
	// +optional
	target string,
	// Stage of the Dockerfile that tests run in.
	// By default it is the one named test, else the target.
	// +optional
	testTarget string,
	// Arguments of the Dockerfile, as NAME=VALUE.
	// Never a secret: they stay in the image.
	// +optional
	buildArg []string,
	// Secrets that RUN --mount=type=secret reads while building.
	// +optional
	buildSecret []*dagger.Secret,
	// Platforms, such as linux/amd64,linux/arm64; the engine's by default.
	// +optional
	platform []dagger.Platform,
	// The Go package to build, where there is no Dockerfile.
	// +optional
	// +default="."
	goPackage string,
	// Image with Node, where there is no Dockerfile.
	// +optional
	// +default="node:22.12.0-alpine"
	nodeImage string,
) (*Image, error) {
	if len(platform) == 0 {
		platform = []dagger.Platform{""}
	}
	img := &Image{Commit: commitOf(ctx, source)}
	source = source.WithoutDirectory(".git")
	args, err := buildArgs(buildArg)
	if err != nil {
		return nil, err
	}
	fromDockerfile := &docker{file: dockerfile, target: target, testTarget: testTarget, args: args, secrets: buildSecret}
	maker, err := h.makerFor(ctx, source, fromDockerfile, golang{headgate: h, pkg: goPackage}, &node{base: nodeImage})
	if err != nil {
		return nil, err
	}
	for _, p := range platform {
		ctr, err := maker.image(source, p).Sync(ctx)
		if err != nil {
			return nil, fmt.Errorf("build the image: %w", err)
		}
		img.Variants = append(img.Variants, ctr)
	}
	img.Tester, img.TestCommand = maker.tester(source)
	return img, nil
}

// maker turns source into an image in one of the ways there are.
type maker interface {
	// detect says whether the source is of this kind.
	detect(ctx context.Context, source *dagger.Directory) (bool, error)
	image(source *dagger.Directory, platform dagger.Platform) *dagger.Container
	// tester is where tests run, and the command that runs them unless the
	// caller names one.
	tester(source *dagger.Directory) (*dagger.Container, []string)
}

func (h *Headgate) makerFor(ctx context.Context, source *dagger.Directory, d *docker, others ...maker) (maker, error) {
	if ok, err := d.detect(ctx, source); err != nil || ok {
		return d, err
	}
	for _, m := range others {
		ok, err := m.detect(ctx, source)
		if err != nil {
			return nil, err
		}
		if ok {
			return m, d.unused()
		}
	}
	return nil, fmt.Errorf("the source has no %s, no go.mod and no package.json: name the Dockerfile with --dockerfile, or the folder of the service with --source", d.file)
}

// commitOf is the source's commit, empty where its history is not there.
func commitOf(ctx context.Context, source *dagger.Directory) string {
	if ok, err := source.Exists(ctx, ".git/HEAD"); err != nil || !ok {
		return ""
	}
	commit, err := source.AsGit().Head().Commit(ctx)
	if err != nil {
		return ""
	}
	return commit
}

// errKeyValue is told with the flag that was wrong.
var errKeyValue = errors.New("want NAME=VALUE")
