package main

import (
	"context"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// node builds a Node service without a Dockerfile.
type node struct{ base string }

func (n node) detect(ctx context.Context, source *dagger.Directory) (bool, error) {
	return source.Exists(ctx, "package.json")
}

func (n node) image(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	return n.installed(source, platform).
		WithExec([]string{"npm", "run", "build", "--if-present"}).
		WithExec([]string{"npm", "prune", "--omit=dev"}).
		WithEnvVariable("NODE_ENV", "production").
		WithUser("1000:1000").
		WithEntrypoint([]string{"npm", "start"})
}

func (n node) tester(source *dagger.Directory) (*dagger.Container, []string) {
	return n.installed(source, ""), []string{"npm", "test"}
}

// installed has the dependencies as the lock file says; they are installed
// again only when it or package.json changes.
func (n node) installed(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	lists := source.Filter(dagger.DirectoryFilterOpts{Include: []string{"package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"}})
	return dag.Container(dagger.ContainerOpts{Platform: platform}).
		From(n.base).
		WithMountedCache("/root/.npm", dag.CacheVolume("headgate-npm")).
		WithWorkdir(workDir).
		WithDirectory(".", lists).
		WithExec([]string{"npm", "install", "--no-audit", "--no-fund"}).
		WithDirectory(".", source).
		WithoutMount("/root/.npm")
}
