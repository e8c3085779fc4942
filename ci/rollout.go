package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Roll a new version out as a Release file says, step by step, past its gates.
//
// It is promoted, or everything is put back. The call fails unless the new version
// serves in the end, and the cluster keeps the report. End it with summary, or with
// --allow-failure report export --path DIR.
//
// It is never cached: each call rolls out. A call that finds its own rollout cut
// short goes on with it.
// +cache="session"
func (c *Cluster) Run(
	ctx context.Context,
	// Folder with the Release file and the manifests that it names.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// New image of the app's container, or CONTAINER=IMAGE of a named one.
	// +optional
	image []string,
	// Kustomizations, folders or files with manifests, as paths in the source.
	// The new version is then what they say of the Deployment, and of the ConfigMaps
	// and Secrets in them.
	// +optional
	manifests []string,
	// Namespace; the file's by default.
	// +optional
	namespace string,
	// Pick the steps so that a bad version costs at most so many failed requests.
	// They take the place of the file's.
	// +optional
	budget int,
	// How long the old version stays without traffic, such as 10m.
	// So long a rollback is immediate.
	// +optional
	keepOld string,
	// Wait at most so long until nobody else rolls it out, such as 10m.
	// +optional
	waitForLock string,
	// Have a Job in the cluster put everything back after so long a silence.
	// Such as 30s without a sign of life of this call. It needs --headgate-image,
	// unless the file names one.
	// +optional
	watchdog string,
	// Image with the headgate program, for the watchdog's Job.
	// +optional
	headgateImage string,
	// Existing ServiceAccount of the watchdog's Job; one of its own by default.
	// +optional
	serviceAccount string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
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
	return c.headgate(ctx, command{name: "run", args: args, files: source, report: true, kept: true, allowFailure: allowFailure})
}

// Show what run would do on the live cluster, and what would keep it from it.
//
// Nothing is written. End the call with summary.
// +cache="never"
func (c *Cluster) Plan(
	ctx context.Context,
	// Folder with the Release file and the manifests that it names.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// New image of the app's container, or CONTAINER=IMAGE of a named one.
	// +optional
	image []string,
	// Kustomizations, folders or files with manifests, as paths in the source.
	// The new version is then what they say of the Deployment, and of the ConfigMaps
	// and Secrets in them.
	// +optional
	manifests []string,
	// Namespace; the file's by default.
	// +optional
	namespace string,
) (*Result, error) {
	return c.headgate(ctx, command{name: "plan", args: releaseArgs(file, image, manifests, namespace), files: source})
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
