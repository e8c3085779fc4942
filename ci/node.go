package main

import (
	"context"
	"slices"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// node builds a Node service without a Dockerfile.
type node struct {
	base string
	// locked is set by detect where a lock file says what to install.
	locked bool
}

// npmConfig is npm's own settings, which may hold a registry's token.
const npmConfig = ".npmrc"

// lockFiles say exactly what npm installs.
var lockFiles = []string{"package-lock.json", "npm-shrinkwrap.json"}

// unpublished is what no image gets: settings and secrets of the machine that it
// was built on, and the repository's own.
var unpublished = []string{"**/" + npmConfig, "**/.env*", "**/.git*"}

func (n *node) detect(ctx context.Context, source *dagger.Directory) (bool, error) {
	names, err := source.Entries(ctx)
	if err != nil {
		return false, err
	}
	n.locked = slices.ContainsFunc(lockFiles, func(name string) bool { return slices.Contains(names, name) })
	return slices.Contains(names, "package.json"), nil
}

// image has what was built and nothing of how: it is a container of its own, so
// that no layer of it holds what building needed.
func (n *node) image(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	built := n.installed(source, platform).
		WithExec([]string{"npm", "run", "build", "--if-present"}).
		WithExec([]string{"npm", "prune", "--omit=dev"}).
		Directory(workDir)
	return n.container(platform).
		WithDirectory(".", built, dagger.ContainerWithDirectoryOpts{Exclude: unpublished}).
		WithEnvVariable("NODE_ENV", "production").
		WithUser("1000:1000").
		WithEntrypoint([]string{"npm", "start"})
}

func (n *node) tester(source *dagger.Directory) (*dagger.Container, []string) {
	return n.installed(source, ""), []string{"npm", "test"}
}

// installed has the dependencies as the lock file says; they are installed
// again only when it, package.json or npm's settings change. The settings are
// mounted: they are never a part of what is built.
func (n *node) installed(source *dagger.Directory, platform dagger.Platform) *dagger.Container {
	lists := source.Filter(dagger.DirectoryFilterOpts{Include: append([]string{"**/package.json"}, lockFiles...)})
	settings := source.Filter(dagger.DirectoryFilterOpts{Include: []string{npmConfig}})
	const at = "/run/npm"
	return n.container(platform).
		WithMountedCache("/root/.npm", dag.CacheVolume("headgate-npm")).
		WithMountedDirectory(at, settings).
		WithEnvVariable("NPM_CONFIG_USERCONFIG", at+"/"+npmConfig).
		WithDirectory(".", lists).
		WithExec([]string{"npm", n.install(), "--no-audit", "--no-fund"}).
		WithDirectory(".", source, dagger.ContainerWithDirectoryOpts{Exclude: []string{npmConfig}}).
		WithoutMount("/root/.npm")
}

func (n *node) install() string {
	if n.locked {
		return "ci"
	}
	return "install"
}

func (n *node) container(platform dagger.Platform) *dagger.Container {
	return dag.Container(dagger.ContainerOpts{Platform: platform}).From(n.base).WithWorkdir(workDir)
}
