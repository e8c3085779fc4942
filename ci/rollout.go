package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	// Have a Job in the cluster put everything back when this call gives no sign of
	// life for this long, such as 30s.
	// +optional
	watchdog string,
) (*Result, error) {
	args := append(releaseArgs(file, image, manifests, namespace), guard(watchdog)...)
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

// Canary rolls a new image out to a Deployment step by step, past gates, without
// a Release file: its routes are found in the cluster.
//
// It is never cached: each call rolls out. A call that finds its own rollout cut
// short goes on with it.
// +cache="session"
func (c *Cluster) Canary(
	ctx context.Context,
	// The Deployment.
	name string,
	// New image of its app's container, or CONTAINER=IMAGE of a named one.
	image []string,
	// Namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// The new version's shares of the traffic in percent, one after the other.
	// +optional
	// +default=[1, 5, 25, 50, 100]
	steps []int,
	// Most requests that may fail, as a share such as 1%. Without this and
	// --max-latency the default gates hold.
	// +optional
	maxErrors string,
	// Longest time that 99% of the requests may take, such as 300ms.
	// +optional
	maxLatency string,
	// Longest time for a step's gates to decide, such as 10m.
	// +optional
	maxWait string,
	// Have a Job in the cluster put everything back when this call gives no sign of
	// life for this long, such as 30s.
	// +optional
	watchdog string,
) (*Result, error) {
	doc, err := canaryRelease(name, steps, maxErrors, maxLatency, maxWait)
	if err != nil {
		return nil, err
	}
	files := dag.Directory().WithNewFile("headgate.yaml", doc)
	args := append(releaseArgs("headgate.yaml", image, nil, namespace), guard(watchdog)...)
	return c.headgate(ctx, command{name: "run", args: args, files: files, report: true})
}

// canaryRelease is a Release file of the arguments; JSON is YAML.
func canaryRelease(name string, steps []int, maxErrors, maxLatency, maxWait string) (string, error) {
	if name == "" {
		return "", errors.New("canary: --name is empty: name the Deployment")
	}
	type fields = map[string]any
	canary := fields{"steps": steps}
	if maxWait != "" {
		canary["max"] = maxWait
	}
	spec := fields{"strategy": fields{"canary": canary}}
	var gates []fields
	if maxErrors != "" {
		gates = append(gates, fields{"errors": fields{"max": maxErrors}})
	}
	if maxLatency != "" {
		gates = append(gates, fields{"latency": fields{"quantile": "99%", "max": maxLatency}})
	}
	if gates != nil {
		spec["gates"] = gates
	}
	doc, err := json.MarshalIndent(fields{
		"apiVersion": "headgate.dev/v1", "kind": "Release", "metadata": fields{"name": name}, "spec": spec,
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("canary: %w", err)
	}
	return string(doc), nil
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

func guard(watchdog string) []string {
	if watchdog == "" {
		return nil
	}
	return []string{"--watchdog=" + watchdog}
}
