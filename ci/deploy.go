package main

import (
	"context"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Apply manifests by server-side apply, and wait until everything is ready.
//
// The call fails unless it is. End it with summary, which shows what changed, or
// with --allow-failure report export --path DIR.
//
// It is never cached: each call applies.
// +cache="session"
func (c *Cluster) Deploy(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Kustomizations, folders or files with manifests, as paths in the source.
	manifests []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// Never a secret: values are shown.
	// +optional
	set []string,
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
	// Have the workloads' namespaces inject the mesh's proxies.
	// Missing ones are created.
	// +optional
	inject bool,
	// Labels for the workloads' namespaces, such as istio.io/rev=stable.
	// Missing ones are created.
	// +optional
	namespaceLabel []string,
	// Create the workloads' namespaces where they are missing.
	// +optional
	createNamespace bool,
	// Take over fields that somebody else manages.
	// +optional
	forceConflicts bool,
	// Release file, as a path in the source: what it rolls out is left to run.
	// That is its Deployment, with the ConfigMaps and Secrets that the Deployment
	// reads. Where the Deployment is not there yet, everything is applied.
	// +optional
	file string,
	// Also change the version of what a Release rolls out, at once for everybody.
	// +optional
	skipRollout bool,
	// Longest time until everything is ready.
	// +optional
	// +default="5m"
	timeout string,
	// Only check and compare; write nothing.
	// +optional
	dryRun bool,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	args := append(manifestArgs(manifests, image, set, namespace), "--diff")
	args = append(args, flag("--inject", inject)...)
	args = append(args, each("--namespace-label", namespaceLabel)...)
	args = append(args, flag("--create-namespace", createNamespace)...)
	args = append(args, flag("--force-conflicts", forceConflicts)...)
	args = append(args, valued("--release", file)...)
	args = append(args, flag("--skip-rollout", skipRollout)...)
	if dryRun {
		args = append(args, "--dry-run", "server")
	} else {
		args = append(args, "--wait", "--timeout", timeout)
	}
	return c.headgate(ctx, command{name: "apply", function: "deploy", args: args, files: source, allowFailure: allowFailure})
}

// Show what deploy would change.
//
// The call fails, with the exit code 3, when anything would. With --allow-failure
// summary it only shows.
// +cache="never"
func (c *Cluster) Diff(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Kustomizations, folders or files with manifests, as paths in the source.
	manifests []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// Never a secret: values are shown.
	// +optional
	set []string,
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
	// Release file, as a path in the source: what it rolls out is left to run.
	// +optional
	file string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	args := append(manifestArgs(manifests, image, set, namespace), valued("--release", file)...)
	return c.headgate(ctx, command{name: "diff", args: args, files: source, silence: "nothing would change", allowFailure: allowFailure})
}

// Show what in the cluster is not as the manifests say, and who changed it.
//
// The call fails, with the exit code 3, when anything is not. With --allow-failure
// summary it only shows.
// +cache="never"
func (c *Cluster) Drift(
	ctx context.Context,
	// Folder with the manifests.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Kustomizations, folders or files with manifests, as paths in the source.
	manifests []string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// Never a secret: values are shown.
	// +optional
	set []string,
	// Namespace of objects that name none; the kubeconfig's by default.
	// +optional
	namespace string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	return c.headgate(ctx, command{name: "drift", args: manifestArgs(manifests, image, set, namespace), files: source, allowFailure: allowFailure})
}

func manifestArgs(manifests, image, set []string, namespace string) []string {
	args := each("--manifests", manifests)
	args = append(args, each("--image", image)...)
	args = append(args, each("--set", set)...)
	return append(args, inNamespace(namespace)...)
}

// each gives a flag once for every value.
func each(flag string, values []string) []string {
	var args []string
	for _, v := range values {
		args = append(args, flag, v)
	}
	return args
}

func flag(name string, on bool) []string {
	if !on {
		return nil
	}
	return []string{name}
}
