package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Deliver does all stages in one call: build, test, publish, deploy-dev,
// integration-test and canary-prod. It ends at the first that is not well; the
// result has each one's verdict, time and report.
//
// It is never cached: each call does all of it.
// +cache="session"
func (h *Headgate) Deliver(
	ctx context.Context,
	// The project: source, tests, manifests and Release file.
	// +ignore=["**/node_modules", "**/.terraform", ".dagger"]
	source *dagger.Directory,
	// Repository that the image is pushed to, such as registry.example.com/team/shop.
	address string,
	// Kubeconfig of the dev cluster, and of the production one unless that has its own.
	kubeconfig *dagger.Secret,
	// The API server as a service, where only the caller's machine reaches it.
	// +optional
	api *dagger.Service,
	// Kubeconfig of the production cluster.
	// +optional
	prodKubeconfig *dagger.Secret,
	// The production cluster's API server as a service.
	// +optional
	prodAPI *dagger.Service,
	// User of the registry.
	// +optional
	username string,
	// The user's password or token.
	// +optional
	password *dagger.Secret,
	// A registry that runs as a service. One without TLS is
	// addressed as localhost, such as localhost:5000/shop.
	// +optional
	registry *dagger.Service,
	// Tags of the image; the source's commit by default.
	// +optional
	tag []string,
	// Name that the manifests give to the image; the repository by default.
	// +optional
	imageName string,
	// Test command, such as npm,test; that of the source's kind by default, and a
	// Dockerfile's needs one.
	// +optional
	testCommand []string,
	// Stage of the Dockerfile that tests run in.
	// +optional
	testTarget string,
	// Kustomization of the dev environment.
	// +optional
	// +default="k8s/overlays/dev"
	dev string,
	// Namespace of the dev environment.
	// +optional
	devNamespace string,
	// Postman collection of the integration tests.
	// +optional
	collection string,
	// Postman environment of the integration tests.
	// +optional
	environment string,
	// Values that override the environment's, as NAME=VALUE. Never a secret.
	// +optional
	envVar []string,
	// The dev cluster's gateway as a service named "gateway" for the integration
	// tests, where only the caller's machine reaches it, such as tcp://127.0.0.1:8080.
	// +optional
	gateway *dagger.Service,
	// Command of the integration tests, instead of a collection.
	// +optional
	integrationCommand []string,
	// Image of the integration tests.
	// +optional
	// +default="postman/newman:6.2.1-alpine"
	integrationImage string,
	// Deployment of the dev environment whose requests are checked by the mesh's
	// metrics while the integration tests run.
	// +optional
	verify string,
	// Release file of the production environment.
	// +optional
	// +default="headgate.yaml"
	release string,
	// Have a Job in the production cluster put everything back when this call gives
	// no sign of life for this long, such as 30s. It needs --headgate-image, unless
	// the Release file names one.
	// +optional
	watchdog string,
	// Image with the headgate program, for the watchdog's Job.
	// +optional
	headgateImage string,
	// Last stage to do.
	// +optional
	// +default="canary-prod"
	until string,
) (*Result, error) {
	if err := testable(ctx, source, testCommand, until); err != nil {
		return nil, err
	}
	if until == lastStage {
		if err := (guard{after: watchdog, image: headgateImage}).possibleBy(ctx, h, source, release); err != nil {
			return nil, fmt.Errorf("deliver: %w", err)
		}
	}
	devCluster, err := h.Cluster(ctx, kubeconfig, "", api)
	if err != nil {
		return nil, err
	}
	prodCluster := devCluster
	if prodKubeconfig != nil {
		if prodCluster, err = h.Cluster(ctx, prodKubeconfig, "", prodAPI); err != nil {
			return nil, fmt.Errorf("production: %w", err)
		}
	}
	if gateway != nil {
		devCluster = devCluster.WithService("gateway", gateway)
	}
	if imageName == "" {
		imageName, _ = splitTag(address)
	}
	var image *Image
	var reference string
	return runStages(ctx, until, []stage{
		{"build", func(ctx context.Context) (*Result, error) {
			image, err = h.Build(ctx, source, defaultDockerfile, "", testTarget, nil, nil, nil, ".", defaultNodeImage)
			return said("image built"), err
		}},
		{"test", func(ctx context.Context) (*Result, error) { return image.Test(ctx, testCommand, "") }},
		{"publish", func(ctx context.Context) (*Result, error) {
			reference, err = image.Publish(ctx, address, tag, username, password, registry)
			res := said(reference)
			res.Vars = []string{"HEADGATE_REFERENCE=" + reference}
			return res, err
		}},
		{"deploy-dev", func(ctx context.Context) (*Result, error) {
			return devCluster.Deploy(ctx, source, []string{dev}, nil, []string{imageName + "=" + reference}, nil, devNamespace, true, nil, true, false, "5m", false)
		}},
		{"integration-test", func(ctx context.Context) (*Result, error) {
			if collection == "" && len(integrationCommand) == 0 {
				return said("no tests were named"), nil
			}
			return devCluster.IntegrationTest(ctx, source, collection, environment, envVar, integrationCommand, integrationImage, nil, verify, devNamespace, "", "")
		}},
		{lastStage, func(ctx context.Context) (*Result, error) {
			return prodCluster.Run(ctx, source, release, []string{reference}, nil, "", 0, "", "", watchdog, headgateImage, "")
		}},
	})
}

// testable refuses, before anything is done, a delivery whose tests cannot be
// run.
func testable(ctx context.Context, source *dagger.Directory, command []string, until string) error {
	if len(command) > 0 || until == "build" {
		return nil
	}
	ok, err := docker{file: defaultDockerfile}.detect(ctx, source)
	if err != nil {
		return err
	}
	if ok {
		return errors.New("deliver: a Dockerfile has no test command of its own: give --test-command, such as npm,test")
	}
	return nil
}

// What build takes by default.
const (
	defaultDockerfile = "Dockerfile"
	defaultNodeImage  = "node:22.12.0-alpine"
)

// lastStage is the one in production.
const lastStage = "canary-prod"

// said is the result of a stage that has nothing to decide.
func said(text string) *Result { return &Result{Verdict: "passed", Summary: text} }

var errStage = errors.New("--until: no such stage; there are build, test, publish, deploy-dev, integration-test and canary-prod")
