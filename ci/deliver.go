package main

import (
	"context"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Build, test, publish, deploy and roll out a project in one call.
//
// The stages are build, test, publish, deploy-dev, integration-test, deploy-prod and
// canary-prod. It ends at the first that is not well, and the call fails then. The
// result has each one's verdict, time and report: end the call with summary, or with
// --allow-failure report export --path DIR.
//
// deploy-prod applies what of production's manifests canary-prod does not roll out:
// Services, routes, policies. Where the workload is not there yet it is installed.
//
// It is never cached: each call does all of it.
// +cache="session"
func (h *Headgate) Deliver(
	ctx context.Context,
	// The project: source, tests, manifests and Release file.
	// +ignore=["**/node_modules", "**/.terraform", ".dagger", ".headgate", "headgate-report"]
	source *dagger.Directory,
	// Repository to push to, such as registry.example.com/team/shop.
	address string,
	// Kubeconfig of the dev cluster, and of production unless that has its own.
	kubeconfig *dagger.Secret,
	// The API server as a service, such as tcp://127.0.0.1:6443.
	// It is for one that only the caller's machine reaches.
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
	// A registry that runs as a service, for a push that stays inside.
	// One without TLS is addressed as localhost, such as localhost:5000/shop.
	// +optional
	registry *dagger.Service,
	// Tags of the image; the source's commit by default.
	// +optional
	tag []string,
	// Name that the manifests give to the image; the repository by default.
	// +optional
	imageName string,
	// Test command, such as npm,test; a Dockerfile's needs one.
	// Where the source was detected it is go test ./... or npm test.
	// +optional
	testCommand []string,
	// Stage of the Dockerfile that tests run in.
	// By default it is the one named test, else the last one.
	// +optional
	testTarget string,
	// Take it for a success that no test was run.
	// +optional
	allowNoTests bool,
	// Manifests of the dev environment, as a path in the source.
	// +optional
	// +default="k8s/overlays/dev"
	dev string,
	// Namespace of the dev environment.
	// +optional
	devNamespace string,
	// Manifests of the production environment, as a path in the source.
	// +optional
	// +default="k8s/overlays/prod"
	prod string,
	// Namespace of the production environment's objects that name none.
	// +optional
	prodNamespace string,
	// Postman collection of the integration tests.
	// +optional
	collection string,
	// Postman environment of the integration tests.
	// +optional
	environment string,
	// Values that override the environment's, as NAME=VALUE; never a secret.
	// +optional
	envVar []string,
	// The dev cluster's gateway as a service, such as tcp://127.0.0.1:8080.
	// The integration tests reach it as gateway, where only the caller's machine
	// reaches it by itself.
	// +optional
	gateway *dagger.Service,
	// Command of the integration tests, instead of a collection.
	// +optional
	integrationCommand []string,
	// Image of the integration tests.
	// +optional
	// +default="postman/newman:6.2.1-alpine"
	integrationImage string,
	// Deployment of the dev environment that is checked by the mesh's metrics.
	// None of its requests may fail while the integration tests run.
	// +optional
	verify string,
	// Release file, as a path in the source.
	// +optional
	// +default="headgate.yaml"
	file string,
	// Have a Job in the cluster put everything back after so long a silence.
	// Such as 30s without a sign of life of this call. It needs --headgate-image,
	// unless the file names one.
	// +optional
	watchdog string,
	// Image with the headgate program, for the watchdog's Job.
	// +optional
	headgateImage string,
	// Last stage to do.
	// +optional
	// +default="canary-prod"
	until string,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	if err := testable(ctx, source, testCommand, until); err != nil {
		return nil, err
	}
	if err := signIn(username, password, "--password"); err != nil {
		return nil, fmt.Errorf("deliver: %w", err)
	}
	if until == lastStage {
		if err := (guard{after: watchdog, image: headgateImage}).possibleBy(ctx, h, source, file); err != nil {
			return nil, fmt.Errorf("deliver: %w", err)
		}
	}
	devCluster, prodCluster, err := h.environments(ctx, kubeconfig, api, prodKubeconfig, prodAPI)
	if err != nil {
		return nil, err
	}
	if gateway != nil {
		devCluster = devCluster.WithService("gateway", gateway)
	}
	if imageName == "" {
		imageName, _ = splitTag(address)
	}
	production, err := productionOf(ctx, source, prod, file)
	if err != nil {
		return nil, fmt.Errorf("deliver: %w", err)
	}
	var image *Image
	var reference string
	apply := func(ctx context.Context, to *Cluster, manifests, namespace string, more ...string) (*Result, error) {
		args := append(manifestArgs([]string{manifests}, []string{imageName + "=" + reference}, nil, namespace), "--diff", "--inject", "--wait")
		return to.headgate(ctx, command{name: "apply", function: "deploy", args: append(args, more...), files: source, allowFailure: true})
	}
	res, err := runStages(ctx, until, []stage{
		{"build", func(ctx context.Context) (*Result, error) {
			image, err = h.Build(ctx, source, defaultDockerfile, "", testTarget, nil, nil, nil, ".", defaultNodeImage)
			return said("image built"), err
		}},
		{"test", func(ctx context.Context) (*Result, error) {
			return image.Test(ctx, testCommand, "", allowNoTests, true)
		}},
		{"publish", func(ctx context.Context) (*Result, error) {
			reference, err = image.Publish(ctx, address, tag, username, password, registry)
			res := said(reference)
			res.Vars = []string{"HEADGATE_REFERENCE=" + reference}
			return res, err
		}},
		{"deploy-dev", func(ctx context.Context) (*Result, error) { return apply(ctx, devCluster, dev, devNamespace) }},
		{integrationTest, func(ctx context.Context) (*Result, error) {
			if collection == "" && len(integrationCommand) == 0 {
				return said("no tests were named"), nil
			}
			return devCluster.integrationTest(ctx, source, integration{
				collection: collection, environment: environment, envVar: envVar, command: integrationCommand, image: integrationImage,
				verify: verify, namespace: devNamespace, noTests: allowNoTests,
			})
		}},
		{"deploy-prod", func(ctx context.Context) (*Result, error) {
			if production.manifests == "" {
				return said(production.why), nil
			}
			return apply(ctx, prodCluster, production.manifests, prodNamespace, "--release="+file)
		}},
		{lastStage, func(ctx context.Context) (*Result, error) {
			return prodCluster.Run(ctx, source, file, []string{reference}, production.ofRun(), "", 0, "", "", watchdog, headgateImage, "", true)
		}},
	})
	if err != nil {
		return nil, err
	}
	return res.unless(allowFailure, false)
}

// environments are the dev cluster and production's, which may be the same.
func (h *Headgate) environments(ctx context.Context, kubeconfig *dagger.Secret, api *dagger.Service, prodKubeconfig *dagger.Secret, prodAPI *dagger.Service) (dev, prod *Cluster, err error) {
	if dev, err = h.Cluster(ctx, kubeconfig, "", api); err != nil || prodKubeconfig == nil {
		return dev, dev, err
	}
	if prod, err = h.Cluster(ctx, prodKubeconfig, "", prodAPI); err != nil {
		return nil, nil, fmt.Errorf("production: %w", err)
	}
	return dev, prod, nil
}

// production is what is delivered of production's manifests.
type production struct {
	manifests string
	why       string // there are none
	own       bool   // the Release file names the new version's manifests itself
}

// productionOf looks whether there are any; where others than the usual ones are
// named, they have to be there.
func productionOf(ctx context.Context, source *dagger.Directory, path, file string) (production, error) {
	ok, err := source.Exists(ctx, path)
	switch {
	case err != nil:
		return production{}, fmt.Errorf("look for %s in the source: %w", path, err)
	case !ok && path != defaultProd:
		return production{}, fmt.Errorf("the source has no %s: --prod is a path in the source", path)
	case !ok:
		return production{why: "the source has no " + path + ": nothing but the image is delivered to production; name its manifests with --prod"}, nil
	}
	var doc struct {
		Spec struct{ Candidate struct{ Manifests []string } }
	}
	// A file that is not there or not to be read is told by the rollout.
	if text, err := textOf(ctx, source, file); err == nil {
		_ = yaml.Unmarshal([]byte(text), &doc)
	}
	return production{manifests: path, own: len(doc.Spec.Candidate.Manifests) > 0}, nil
}

// ofRun are the manifests to roll out: those that were not applied before.
func (p production) ofRun() []string {
	if p.manifests == "" || p.own {
		return nil
	}
	return []string{p.manifests}
}

// testable refuses, before anything is done, a delivery whose tests cannot be
// run.
func testable(ctx context.Context, source *dagger.Directory, command []string, until string) error {
	if len(command) > 0 || until == "build" {
		return nil
	}
	ok, err := (&docker{file: defaultDockerfile}).detect(ctx, source)
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
	defaultProd       = "k8s/overlays/prod"
)

// lastStage is the one in production.
const lastStage = "canary-prod"

// said is the result of a stage that has nothing to decide.
func said(text string) *Result { return &Result{Verdict: "passed", Summary: text} }

var errStage = errors.New("--until: no such stage; there are build, test, publish, deploy-dev, integration-test, deploy-prod and canary-prod")
