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

// Run tests against the deployed service.
//
// They run in a container that reaches what the cluster's services are bound to.
// With --verify, the mesh's metrics of the service are checked for as long as they
// run, and both must be well. The call fails unless they are. End it with summary, or
// with --allow-failure report export --path DIR.
//
// It is never cached: each call tests.
// +cache="session"
func (c *Cluster) IntegrationTest(
	ctx context.Context,
	// Folder with the tests.
	// +ignore=["**/.git", "**/node_modules", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Postman collection for Newman, as a path in the source.
	// +optional
	collection string,
	// Postman environment, as a path in the source.
	// +optional
	environment string,
	// Values that override the environment's, as NAME=VALUE; never a secret.
	// +optional
	envVar []string,
	// Command to run instead of Newman, in the image.
	// What it writes to /report, such as a JUnit file, is in the report.
	// +optional
	command []string,
	// Image that the tests run in.
	// +optional
	// +default="postman/newman:6.2.1-alpine"
	image string,
	// Container to run the tests in instead of the image.
	// +optional
	container *dagger.Container,
	// Deployment whose requests are checked by the mesh's metrics meanwhile.
	// Without --max-errors none of them may fail.
	// +optional
	verify string,
	// The Deployment's namespace; the kubeconfig's by default.
	// +optional
	namespace string,
	// Most of its requests that may fail, as a share such as 1%.
	// +optional
	maxErrors string,
	// Longest time that 99% of its requests may take, such as 300ms.
	// 100 requests are needed to tell, unless --min-requests says how many are.
	// +optional
	maxLatency string,
	// Requests that its gates want to see before they can pass.
	// +optional
	minRequests int,
	// Take it for a success that no test was run.
	// +optional
	allowNoTests bool,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	res, err := c.integrationTest(ctx, source, integration{
		collection: collection, environment: environment, envVar: envVar, command: command, image: image, container: container,
		verify: verify, namespace: namespace, asked: question{maxErrors: maxErrors, maxLatency: maxLatency, minRequests: minRequests}, noTests: allowNoTests,
	})
	if err != nil {
		return nil, err
	}
	return res.unless(allowFailure, false)
}

// integration is what integration-test is asked.
type integration struct {
	collection, environment string
	envVar, command         []string
	image                   string
	container               *dagger.Container
	verify, namespace       string
	asked                   question
	noTests                 bool
}

func (c *Cluster) integrationTest(ctx context.Context, source *dagger.Directory, i integration) (*Result, error) {
	args, err := i.args()
	if err != nil {
		return nil, err
	}
	if i.container == nil {
		i.container = dag.Container().From(i.image)
	}
	ctr := c.Container(i.container).
		WithMountedDirectory(workDir, source).
		WithWorkdir(workDir).
		WithDirectory(reportDir, dag.Directory())
	if i.verify != "" {
		return c.verified(ctx, ctr, i, args)
	}
	started := time.Now()
	ctr = ctr.WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	res, err := tested(ctx, integrationTest, ctr, started, i.noTests)
	if err != nil {
		return nil, err
	}
	res.Files = res.Files.WithDirectory(".", ctr.Directory(reportDir))
	return res, nil
}

const integrationTest = "integration-test"

// verified runs the tests under the program, in their own container.
func (c *Cluster) verified(ctx context.Context, ctr *dagger.Container, i integration, tests []string) (*Result, error) {
	if strings.HasPrefix(i.verify, "-") {
		return nil, fmt.Errorf("integration-test: --verify %q is no Deployment's name", i.verify)
	}
	ctr = ctr.WithFile(programPath, c.Headgate.program(), dagger.ContainerWithFileOpts{Permissions: 0o755})
	args := append([]string{i.verify}, append(i.asked.args(), inNamespace(i.namespace)...)...)
	res, err := command{name: "verify", args: args, beside: tests, report: true}.result(ctx, ctr)
	if err != nil {
		return nil, fmt.Errorf("integration-test: %w", err)
	}
	res.Name = integrationTest
	res.Files = res.Files.WithNewFile("output.txt", res.Summary)
	if !i.noTests {
		res.refuseNone(res.Summary)
	}
	res.Summary = tail(res.Summary)
	return res, nil
}

// args are the tests' command line.
func (i integration) args() ([]string, error) {
	switch {
	case len(i.command) > 0 && i.collection != "":
		return nil, errors.New("integration-test: give either --collection or --command")
	case len(i.command) > 0:
		return i.command, nil
	case i.collection == "":
		return nil, errors.New("integration-test: give a Postman collection with --collection, or a command with --command")
	}
	args := []string{"newman", "run", i.collection, "--reporters", "cli,junit", "--reporter-junit-export", path.Join(reportDir, "newman.xml")}
	if i.environment != "" {
		args = append(args, "--environment", i.environment)
	}
	for _, v := range i.envVar {
		args = append(args, "--env-var", v)
	}
	return args, nil
}
