package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// dockerName is the host name of the Docker daemon that kind's nodes run in.
const dockerName = "docker"

// Make a cluster of kind's inside the engine, for the session.
//
// Its nodes are in a Docker daemon that runs as a service, with all rights on the
// engine's machine.
// +cache="session"
func (h *Headgate) Kind(
	ctx context.Context,
	// Name of the cluster.
	// +optional
	// +default="headgate"
	name string,
	// Image of the nodes, which says Kubernetes' version; kind's own by default.
	// +optional
	nodeImage string,
	// Nodes besides the control plane.
	// +optional
	workers int,
	// Image with the Docker daemon.
	// +optional
	// +default="docker:28.2.2-dind"
	dockerImage string,
	// Image with the Docker client.
	// +optional
	// +default="docker:28.2.2-cli"
	clientImage string,
) (*Cluster, error) {
	daemon, err := dockerDaemon(dockerImage, name).Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("start the Docker daemon for kind, which needs an engine that allows privileged containers: %w", err)
	}
	client := once(dag.Container().From(clientImage).
		WithFile(programPath, h.program(), dagger.ContainerWithFileOpts{Permissions: 0o755}).
		WithServiceBinding(dockerName, daemon).
		WithEnvVariable("DOCKER_HOST", "tcp://"+dockerName+":2375"))
	address, err := addressOf(ctx, client, dockerName)
	if err != nil {
		return nil, err
	}
	const file = "/tmp/kubeconfig"
	args := []string{
		programPath, "cluster", "up", "--provider", "kind", "--name", name, "--kubeconfig", file,
		"--address", address, "--cert-name", dockerName, "--workers", strconv.Itoa(workers),
	}
	if nodeImage != "" {
		args = append(args, "--node-image", nodeImage)
	}
	plain, err := client.WithExec(args).File(file).Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the kind cluster %q: %w", name, err)
	}
	config, err := parseKubeconfig(plain, "")
	if err != nil {
		return nil, err
	}
	c := &Cluster{Headgate: h, Name: name, Docker: client, Bindings: []*Binding{{Name: dockerName, Service: daemon}}}
	c.Config, err = config.secret()
	return c, err
}

// Bring an image into the nodes of a kind cluster.
//
// Pods can then use it without a registry.
// +cache="session"
func (c *Cluster) LoadImage(
	ctx context.Context,
	// The image.
	image *dagger.Container,
	// Reference that Pods name it by.
	// Not with the tag latest, which is always pulled.
	reference string,
) (*Cluster, error) {
	if c.Docker == nil {
		return nil, fmt.Errorf("load %s: only a kind cluster takes images directly; publish the image to a registry that the cluster reaches", reference)
	}
	const archive = "/tmp/image.tar"
	client := once(c.Docker).WithMountedFile(archive, image.AsTarball())
	loaded, err := client.WithExec([]string{"docker", "load", "--quiet", "--input", archive}).Stdout(ctx)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", reference, err)
	}
	_, id, ok := strings.Cut(strings.TrimSpace(loaded), ": ")
	if !ok {
		return nil, fmt.Errorf("load %s: cannot tell the image of docker's %q", reference, loaded)
	}
	_, err = client.
		WithExec([]string{"docker", "tag", id, reference}).
		WithExec([]string{programPath, "cluster", "load", "--provider", "kind", "--name", c.Name, reference}).
		Sync(ctx)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", reference, err)
	}
	return c, nil
}

func dockerDaemon(image, name string) *dagger.Service {
	return dag.Container().From(image).
		WithMountedCache("/var/lib/docker", dag.CacheVolume("headgate-kind-"+name), dagger.ContainerWithMountedCacheOpts{Sharing: dagger.CacheSharingModePrivate}).
		WithEnvVariable("DOCKER_TLS_CERTDIR", "").
		WithExposedPort(2375).
		AsService(dagger.ContainerAsServiceOpts{
			Args:                     []string{"dockerd", "--host=tcp://0.0.0.0:2375", "--tls=false"},
			InsecureRootCapabilities: true,
		})
}

// addressOf is the address that a name has in a container.
func addressOf(ctx context.Context, ctr *dagger.Container, name string) (string, error) {
	line, err := ctr.WithExec([]string{"getent", "hosts", name}).Stdout(ctx)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", name, err)
	}
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return "", fmt.Errorf("look up %s: no address", name)
	}
	return fields[0], nil
}
