package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// IntegrationTest runs tests against the deployed service, and then asks the
// mesh how the service has answered meanwhile: tests that pass while requests
// fail behind them do not pass.
//
// It is never cached: each call tests.
// +cache="session"
func (c *Cluster) IntegrationTest(
	ctx context.Context,
	// Folder with the tests.
	// +ignore=["**/.git", "**/node_modules"]
	source *dagger.Directory,
	// Postman collection for Newman, as a path in the source.
	// +optional
	collection string,
	// Postman environment, as a path in the source.
	// +optional
	environment string,
	// Values that override the environment's, as NAME=VALUE. Never a secret.
	// +optional
	envVar []string,
	// Command to run instead of Newman, in the image.
	// +optional
	command []string,
	// Image that the tests run in.
	// +optional
	// +default="postman/newman:6.2.1-alpine"
	image string,
	// Container to run the tests in instead of the image.
	// +optional
	container *dagger.Container,
	// Deployment whose requests are checked for the time of the tests. Without it
	// the mesh is not asked.
	// +optional
	name string,
	// The Deployment's namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Most of the service's requests that may fail meanwhile.
	// +optional
	// +default="0%"
	maxErrors string,
) (*Result, error) {
	args, err := testArgs(collection, environment, envVar, command)
	if err != nil {
		return nil, err
	}
	if container == nil {
		container = dag.Container().From(image)
	}
	ctr := c.Container(container).
		WithMountedDirectory(workDir, source).
		WithWorkdir(workDir).
		WithDirectory(reportDir, dag.Directory())
	started := time.Now()
	ctr = ctr.WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	res, err := finished(ctx, "integration-test", ctr, started)
	if err != nil {
		return nil, err
	}
	res.Files = res.Files.WithDirectory(".", ctr.Directory(reportDir))
	if name == "" {
		return res, nil
	}
	mesh, err := c.Verify(ctx, name, namespace, maxErrors, "", window(time.Since(started)))
	if err != nil {
		return nil, fmt.Errorf("integration-test: %w", err)
	}
	return res.and(mesh)
}

func testArgs(collection, environment string, envVar, command []string) ([]string, error) {
	switch {
	case len(command) > 0 && collection != "":
		return nil, errors.New("integration-test: give either --collection or --command")
	case len(command) > 0:
		return command, nil
	case collection == "":
		return nil, errors.New("integration-test: give a Postman collection with --collection, or a command with --command")
	}
	args := []string{"newman", "run", collection, "--reporters", "cli,junit", "--reporter-junit-export", path.Join(reportDir, "newman.xml")}
	if environment != "" {
		args = append(args, "--environment", environment)
	}
	for _, v := range envVar {
		args = append(args, "--env-var", v)
	}
	return args, nil
}

// window is the time to look back on, in whole seconds and with the time that
// counters take to be seen.
func window(d time.Duration) string {
	return (d.Truncate(time.Second) + 2*time.Second).String()
}

// and adds another result, whose exit code counts if this one is well.
func (r *Result) and(other *Result) (*Result, error) {
	doc, err := other.Report()
	if err != nil {
		return nil, err
	}
	sum := *r
	sum.Files = r.Files.WithDirectory(other.Name, doc)
	sum.Summary = r.Summary + "\n\n" + other.Name + ": " + other.Verdict + "\n" + other.Summary
	sum.Seconds = r.Seconds + other.Seconds
	if sum.ExitCode == 0 {
		sum.ExitCode, sum.Verdict = other.ExitCode, verdictOf(other.ExitCode)
	}
	return &sum, nil
}
