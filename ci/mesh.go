package main

import (
	"context"
	"fmt"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Install Istio by istioctl, or bring it to the version of the image.
// +cache="session"
func (c *Cluster) InstallIstio(
	ctx context.Context,
	// Image with istioctl, whose version is the one installed.
	// +optional
	// +default="istio/istioctl:1.27.1"
	istioctlImage string,
	// Installation profile.
	// +optional
	// +default="default"
	profile string,
	// Further settings, as NAME=VALUE.
	// +optional
	set []string,
) (*Cluster, error) {
	args := []string{"istioctl", "install", "--skip-confirmation", "--set", "profile=" + profile}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	if _, err := c.Container(dag.Container().From(istioctlImage)).WithExec(args).Sync(ctx); err != nil {
		return nil, fmt.Errorf("install Istio: %w", err)
	}
	return c, nil
}

// Install Prometheus, Grafana, Kiali or tracing of manifests.
//
// It waits until they are ready.
// +cache="session"
func (c *Cluster) Monitoring(
	ctx context.Context,
	// Folder with the manifests, such as samples/addons of an Istio release.
	addons *dagger.Directory,
	// Namespace of objects that name none.
	// +optional
	// +default="istio-system"
	namespace string,
) (*Cluster, error) {
	args := append(manifestArgs([]string{"."}, nil, nil, namespace), "--create-namespace", "--force-conflicts", "--wait")
	if _, err := c.headgate(ctx, command{name: "apply", function: "monitoring", args: args, files: addons}); err != nil {
		return nil, err
	}
	return c, nil
}
