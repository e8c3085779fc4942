package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// IntegrationTest runs tests against the deployed service, from a container that
// reaches what the cluster's services are bound to. With --verify, the mesh's
// metrics of the service are checked for as long as they run, and both must be
// well.
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
	// Command to run instead of Newman, in the image. What it writes to /report, such
	// as a JUnit file, is in the report.
	// +optional
	command []string,
	// Image that the tests run in.
	// +optional
	// +default="postman/newman:6.2.1-alpine"
	image string,
	// Container to run the tests in instead of the image.
	// +optional
	container *dagger.Container,
	// Deployment whose requests are checked by the mesh's metrics while the tests
	// run. Without --max-errors and --max-latency none of them may fail.
	// +optional
	verify string,
	// The Deployment's namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Most of its requests that may fail, as a share such as 1%.
	// +optional
	maxErrors string,
	// Longest time that 99% of its requests may take, such as 300ms.
	// +optional
	maxLatency string,
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
	if asked := (question{maxErrors: maxErrors, maxLatency: maxLatency}); verify != "" {
		return c.verified(ctx, ctr, verify, append(asked.args(), inNamespace(namespace)...), args)
	}
	started := time.Now()
	ctr = ctr.WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	res, err := finished(ctx, "integration-test", ctr, started)
	if err != nil {
		return nil, err
	}
	res.Files = res.Files.WithDirectory(".", ctr.Directory(reportDir))
	return res, nil
}

// verified runs the tests under the program, in their own container.
func (c *Cluster) verified(ctx context.Context, ctr *dagger.Container, name string, args, tests []string) (*Result, error) {
	if strings.HasPrefix(name, "-") {
		return nil, fmt.Errorf("integration-test: --verify %q is no Deployment's name", name)
	}
	ctr = ctr.WithFile(programPath, c.Headgate.program(), dagger.ContainerWithFileOpts{Permissions: 0o755})
	cmd := command{name: "verify", args: append([]string{name}, args...), beside: tests, report: true}
	res, err := cmd.run(ctx, ctr)
	if err != nil {
		return nil, fmt.Errorf("integration-test: %w", err)
	}
	res.Name = "integration-test"
	res.Files = res.Files.WithNewFile("output.txt", res.Summary)
	res.Summary = tail(res.Summary)
	return res, nil
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
