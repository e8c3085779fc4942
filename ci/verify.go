package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Put gates to a service that is running, by its mesh's metrics.
//
// Nothing is moved or written. The call fails unless every gate passes. End it with
// summary, or with --allow-failure report export --path DIR. integration-test does
// the same while tests run.
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
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Release file, as a path in the source.
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
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	asked := question{maxErrors: maxErrors, maxLatency: maxLatency, minRequests: minRequests, maxWait: maxWait}
	return c.examine(ctx, command{name: "verify", args: asked.args(), files: source, allowFailure: allowFailure}, name, namespace, file)
}

// Compare two versions that serve now, for pipelines that move traffic themselves.
//
// Nothing is moved or written. The call fails unless every gate passes. End it with
// summary, or with --allow-failure report export --path DIR.
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
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Release file, as a path in the source.
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
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	asked := question{maxErrors: maxErrors, maxLatency: maxLatency, minRequests: minRequests, maxWait: maxWait}
	args := asked.args()
	if maxRegression != 0 {
		args = append(args, "--max-regression", strconv.FormatFloat(maxRegression, 'g', -1, 64))
	}
	if candidate != "" {
		args = append(args, "--candidate="+candidate)
	}
	return c.examine(ctx, command{name: "gate", args: args, files: source, allowFailure: allowFailure}, name, namespace, file)
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

func (c *Cluster) examine(ctx context.Context, cmd command, name, namespace, file string) (*Result, error) {
	switch {
	case name == "" && cmd.files == nil:
		return nil, errors.New(cmd.name + ": name the Deployment with --name, or give a folder with a Release file with --source")
	case strings.HasPrefix(name, "-"):
		return nil, errors.New(cmd.name + ": --name " + strconv.Quote(name) + " is no Deployment's name")
	case name != "":
		// What follows two dashes is a command, so the name stands before them.
		cmd.args = append([]string{name}, cmd.args...)
	}
	if cmd.files != nil {
		cmd.args = append(cmd.args, "--file="+file)
	}
	cmd.args, cmd.report = append(cmd.args, inNamespace(namespace)...), true
	return c.headgate(ctx, cmd)
}
