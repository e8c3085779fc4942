package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Verify puts gates to a service that is running, by its mesh's metrics; nothing
// is moved or written. integration-test does the same while tests run.
//
// It is never cached: each call measures.
// +cache="session"
func (c *Cluster) Verify(
	ctx context.Context,
	// The Deployment, or empty for that of a Release file.
	// +optional
	name string,
	// Folder with a Release file whose gates are asked.
	// +optional
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// The Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// Namespace; the file's or the kubeconfig's by default.
	// +optional
	namespace string,
	// Most requests that may fail, as a share such as 1%.
	// +optional
	maxErrors string,
	// Longest time that 99% of the requests may take, such as 300ms.
	// +optional
	maxLatency string,
	// Requests that a gate wants to see before it can pass.
	// +optional
	minRequests int,
	// Longest time for the gates to decide, such as 5m; 60s by default.
	// +optional
	maxWait string,
) (*Result, error) {
	asked := question{maxErrors: maxErrors, maxLatency: maxLatency, minRequests: minRequests, maxWait: maxWait}
	return c.examine(ctx, "verify", name, namespace, source, file, asked.args())
}

// Gate compares two versions that serve now, for pipelines that move traffic
// themselves; nothing is moved or written.
//
// It is never cached: each call measures.
// +cache="session"
func (c *Cluster) Gate(
	ctx context.Context,
	// The Deployment that serves as stable, or empty for that of a Release file.
	// +optional
	name string,
	// The Deployment on trial; the first one's name with -canary by default.
	// +optional
	candidate string,
	// Folder with a Release file whose gates are asked.
	// +optional
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// The Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// Namespace; the file's or the kubeconfig's by default.
	// +optional
	namespace string,
	// Most requests that may fail, as a share such as 1%.
	// +optional
	maxErrors string,
	// Most times stable's share of requests that may fail, such as 1.5.
	// +optional
	maxRegression float64,
	// Longest time that 99% of the requests may take, such as 300ms.
	// +optional
	maxLatency string,
	// Requests that a gate wants to see before it can pass.
	// +optional
	minRequests int,
	// Longest time for the gates to decide, such as 5m; 60s by default.
	// +optional
	maxWait string,
) (*Result, error) {
	asked := question{maxErrors: maxErrors, maxLatency: maxLatency, minRequests: minRequests, maxWait: maxWait}
	args := asked.args()
	if maxRegression != 0 {
		args = append(args, "--max-regression", strconv.FormatFloat(maxRegression, 'g', -1, 64))
	}
	if candidate != "" {
		args = append(args, "--candidate="+candidate)
	}
	return c.examine(ctx, "gate", name, namespace, source, file, args)
}

// question is what the gates of verify and gate ask, by flags.
type question struct {
	maxErrors, maxLatency string
	minRequests           int
	maxWait               string
}

func (q question) args() []string {
	var args []string
	if q.maxErrors != "" {
		args = append(args, "--max-errors="+q.maxErrors)
	}
	if q.maxLatency != "" {
		args = append(args, "--max-latency=p99="+q.maxLatency)
	}
	if q.minRequests != 0 {
		args = append(args, "--min-requests="+strconv.Itoa(q.minRequests))
	}
	if q.maxWait != "" {
		args = append(args, "--for="+q.maxWait)
	}
	return args
}

func (c *Cluster) examine(ctx context.Context, verb, name, namespace string, source *dagger.Directory, file string, args []string) (*Result, error) {
	switch {
	case name == "" && source == nil:
		return nil, errors.New(verb + ": name the Deployment with --name, or give a folder with a Release file with --source")
	case strings.HasPrefix(name, "-"):
		return nil, errors.New(verb + ": --name " + strconv.Quote(name) + " is no Deployment's name")
	case name != "":
		// What follows two dashes is a command, so the name stands before them.
		args = append([]string{name}, args...)
	}
	if source != nil {
		args = append(args, "--file="+file)
	}
	return c.headgate(ctx, command{name: verb, args: append(args, inNamespace(namespace)...), files: source, report: true})
}
