// Tests of the Headgate module, on a real engine.
//
// "all" runs those that need nothing but the engine; with a cluster, or with a
// mesh that it brings up itself, it also deploys and rolls out.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-ci/headgate/ci/tests/internal/dagger"
)

// Tests are the module's tests.
type Tests struct {
	// +private
	Program *dagger.File
}

// New sets what is tested.
func New(
	// The headgate program for Linux, where it is built already.
	// +optional
	program *dagger.File,
) *Tests {
	return &Tests{Program: program}
}

func (t *Tests) headgate() *dagger.Headgate {
	return dag.Headgate(dagger.HeadgateOpts{Program: t.Program})
}

// All runs all tests; those of a cluster if there is one.
// +cache="session"
func (t *Tests) All(
	ctx context.Context,
	// Kubeconfig of a cluster with Istio and the sample service, such as testenv's.
	// +optional
	kubeconfig *dagger.Secret,
	// Its API server as a service.
	// +optional
	api *dagger.Service,
	// Bring a testenv up too, which needs an engine that allows privileged
	// containers.
	// +optional
	mesh bool,
	// What a mesh is made of, where it is built already.
	// +optional
	parts *dagger.Directory,
	// Manifests of the sample service.
	// +defaultPath="/k8s"
	manifests *dagger.Directory,
) error {
	g, ctx := errgroup.WithContext(ctx)
	for name, test := range map[string]func(context.Context) error{
		"builds a Dockerfile":     t.Dockerfile,
		"builds Node source":      t.NodeSource,
		"builds Go source":        t.GoSource,
		"no secrets in layers":    t.NodeSecrets,
		"flags of a Dockerfile":   t.DockerfileFlags,
		"nothing to build":        t.NothingToBuild,
		"failing tests":           t.FailingTests,
		"a stage named test":      t.TestStage,
		"no tests":                t.NoTests,
		"half a sign-in":          t.HalfSignIn,
		"a bad verdict":           t.BadVerdict,
		"the program's image":     t.ProgramImage,
		"publishes":               t.Publishes,
		"a registry that refuses": t.RegistryRefuses,
		"kubeconfigs of no use":   t.Kubeconfigs,
		"a cluster out of reach":  t.Unreachable,
		"a watchdog of no image":  t.UnknownWatchdog,
		"another driver":          t.OtherDriver,
		"secret variables":        t.SecretVariables,
		"manifests are analyzed":  t.Analyzes,
		"a delivery that breaks":  t.BrokenDelivery,
		"a delivery without test": t.UntestedDelivery,
	} {
		g.Go(func() error { return named(name, test(ctx)) })
	}
	if kubeconfig != nil {
		g.Go(func() error { return named("a failed gate hands over its report", t.FailedGate(ctx, kubeconfig, api)) })
	}
	if mesh {
		g.Go(func() error { return named("a canary on a testenv", t.Mesh(ctx, manifests, parts)) })
	}
	return g.Wait()
}

func named(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// refused wants an error that says each of the words.
func refused(err error, words ...string) error {
	if err == nil {
		return errors.New("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			return fmt.Errorf("the error does not say %q: %w", w, err)
		}
	}
	return nil
}
