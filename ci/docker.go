package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// docker builds a Dockerfile.
type docker struct {
	file, target, testTarget string
	args                     []dagger.BuildArg
	secrets                  []*dagger.Secret
}

func (d *docker) detect(ctx context.Context, source *dagger.Directory) (bool, error) {
	ok, err := source.Exists(ctx, d.file, dagger.DirectoryExistsOpts{ExpectedType: dagger.ExistsTypeRegularType})
	if err != nil {
		return false, fmt.Errorf("look for %s in the source: %w", d.file, err)
	}
	if !ok && d.file != defaultDockerfile {
		return false, fmt.Errorf("the source has no %s: --dockerfile is a path in the source", d.file)
	}
	if !ok || d.testTarget != "" {
		return ok, nil
	}
	text, err := source.File(d.file).Contents(ctx)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", d.file, err)
	}
	if testStage.MatchString(text) {
		d.testTarget = "test"
	}
	return true, nil
}

// testStage begins the stage in which tests are usually run; the last stage, which
// is what is published, seldom has them.
var testStage = regexp.MustCompile(`(?im)^[ \t]*FROM[ \t].*[ \t]AS[ \t]+test[ \t]*\r?$`)

// unused refuses what only a Dockerfile can use, where there is none.
func (d *docker) unused() error {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--target", d.target != ""},
		{"--test-target", d.testTarget != ""},
		{"--build-arg", len(d.args) > 0},
		{"--build-secret", len(d.secrets) > 0},
	} {
		if f.given {
			return fmt.Errorf("build: %s is for a Dockerfile, and the source has none", f.name)
		}
	}
	return nil
}

func (d *docker) image(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	return d.build(source, platform, d.target)
}

func (d *docker) tester(source *dagger.Directory) (*dagger.Container, []string) {
	target := d.testTarget
	if target == "" {
		target = d.target
	}
	return d.build(source, "", target), nil
}

func (d *docker) build(source *dagger.Directory, platform dagger.Platform, target string) *dagger.Container {
	return source.DockerBuild(dagger.DirectoryDockerBuildOpts{
		Dockerfile: d.file, Target: target, Platform: platform, BuildArgs: d.args, Secrets: d.secrets,
	})
}

func buildArgs(pairs []string) ([]dagger.BuildArg, error) {
	args := make([]dagger.BuildArg, 0, len(pairs))
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--build-arg %q: %w", p, errKeyValue)
		}
		args = append(args, dagger.BuildArg{Name: name, Value: value})
	}
	return args, nil
}
