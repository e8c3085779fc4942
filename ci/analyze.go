package main

import (
	"context"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Look for what is wrong with manifests, without a cluster.
//
// They are looked at as they are and at every step of the rollout to come. The
// call fails when there are errors, unless that is allowed. End it with summary, or
// with report export --path DIR.
// +cache="session"
func (h *Headgate) Analyze(
	ctx context.Context,
	// Folder with the manifests and the Release file.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Kustomizations, folders or files with manifests, as paths in the source.
	// +optional
	manifests []string,
	// Release file, as a path in the source; headgate.yaml where there is one.
	// +optional
	file string,
	// Images to replace, as NAME=REFERENCE with the name that the manifests use.
	// +optional
	image []string,
	// Values for ${NAME} in the manifests, as NAME=VALUE.
	// Never a secret: values are shown.
	// +optional
	set []string,
	// Namespace of objects that name none.
	// +optional
	namespace string,
	// istioctl for Linux, to run besides Headgate's own checks.
	// +optional
	istioctl *dagger.File,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	args := analyzeArgs(manifests, file, image, set, namespace)
	return analysis(ctx, h.Cli(), command{args: args, files: source, allowFailure: allowFailure}, istioctl)
}

// Look for what is wrong with manifests and with what they meet in the cluster.
//
// They are looked at as they are and at every step of the rollout to come; without
// manifests, the cluster itself is. The call fails when there are errors, unless
// that is allowed. End it with summary, or with report export --path DIR.
// +cache="never"
func (c *Cluster) Analyze(
	ctx context.Context,
	// Folder with the manifests and the Release file.
	// +optional
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Kustomizations, folders or files with manifests, as paths in the source.
	// +optional
	manifests []string,
	// Release file, as a path in the source; headgate.yaml where there is one.
	// +optional
	file string,
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
	// istioctl for Linux, to run besides Headgate's own checks.
	// +optional
	istioctl *dagger.File,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	args := append(analyzeArgs(manifests, file, image, set, namespace), "--live")
	return analysis(ctx, c.Container(nil), command{args: args, files: source, allowFailure: allowFailure}, istioctl)
}

func analyzeArgs(manifests []string, file string, image, set []string, namespace string) []string {
	return append(manifestArgs(manifests, image, set, namespace), valued("--release", file)...)
}

func analysis(ctx context.Context, ctr *dagger.Container, cmd command, istioctl *dagger.File) (*Result, error) {
	if istioctl != nil {
		ctr = ctr.WithFile("/usr/local/bin/istioctl", istioctl, dagger.ContainerWithFileOpts{Permissions: 0o755})
	}
	cmd.name = "analyze"
	return cmd.run(ctx, ctr)
}
