package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Run rolls a new version out as a Release file says, step by step, past its
// gates, and promotes it or puts everything back.
//
// It is never cached: each call rolls out. A call that finds its own rollout cut
// short goes on with it.
// +cache="session"
func (c *Cluster) Run(
	ctx context.Context,
	// Folder with the Release file and the manifests that it names.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// The Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// New image of the app's container, or CONTAINER=IMAGE of a named one.
	// +optional
	image []string,
	// Files, folders or kustomizations in the source with the new version's objects.
	// +optional
	manifests []string,
	// Namespace; the file's by default.
	// +optional
	namespace string,
	// Pick the steps so that a bad version is expected to cost at most so many
	// failed requests, instead of the file's.
	// +optional
	budget int,
	// How long the old version stays without traffic before it is replaced, such as
	// 10m, so that a rollback is immediate.
	// +optional
	keepOld string,
	// Wait until nobody else rolls this Release out, at most this long, such as 10m.
	// +optional
	waitForLock string,
	// Have a Job in the cluster put everything back when this call gives no sign of
	// life for this long, such as 30s. It needs --headgate-image, unless the file
	// names one.
	// +optional
	watchdog string,
	// Image with the headgate program, for the watchdog's Job.
	// +optional
	headgateImage string,
	// Existing ServiceAccount of the watchdog's Job; one of its own by default.
	// +optional
	serviceAccount string,
) (*Result, error) {
	asked := guard{after: watchdog, image: headgateImage}
	if err := asked.possibleBy(ctx, c.Headgate, source, file); err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	args := append(releaseArgs(file, image, manifests, namespace), asked.args()...)
	args = append(args, valued("--keep-old", keepOld)...)
	args = append(args, valued("--wait-for-lock", waitForLock)...)
	args = append(args, valued("--service-account", serviceAccount)...)
	if budget != 0 {
		args = append(args, "--budget="+strconv.Itoa(budget))
	}
	return c.headgate(ctx, command{name: "run", args: args, files: source, report: true})
}

// Plan says what run would do on the live cluster, and what would keep it from
// beginning. Nothing is written.
// +cache="never"
func (c *Cluster) Plan(
	ctx context.Context,
	// Folder with the Release file and the manifests that it names.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// The Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// New image of the app's container, or CONTAINER=IMAGE of a named one.
	// +optional
	image []string,
	// Files, folders or kustomizations in the source with the new version's objects.
	// +optional
	manifests []string,
	// Namespace; the file's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.headgate(ctx, command{name: "plan", args: releaseArgs(file, image, manifests, namespace), files: source, worded: true})
}

func releaseArgs(file string, images, manifests []string, namespace string) []string {
	args := []string{"--file", file}
	args = append(args, each("--image", images)...)
	args = append(args, each("--manifests", manifests)...)
	return append(args, inNamespace(namespace)...)
}

func inNamespace(namespace string) []string {
	if namespace == "" {
		return nil
	}
	return []string{"--namespace", namespace}
}

// valued gives a flag with its value, where there is one.
func valued(flag, value string) []string {
	if value == "" {
		return nil
	}
	return []string{flag + "=" + value}
}
