package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/tests/internal/dagger"
)

// service is a small Node service.
func service() *dagger.Directory {
	return dag.Directory().
		WithNewFile("package.json", `{"name":"shop","version":"1.0.0","private":true,"scripts":{"test":"node --test","start":"node server.js"}}`).
		WithNewFile("server.js", "exports.greeting = 'shop';\n").
		WithNewFile("server.test.js", "require('node:test')('greets', () => require('node:assert').equal(require('./server.js').greeting, 'shop'));\n")
}

const dockerfile = `FROM node:22.12.0-alpine AS source
WORKDIR /app
COPY . .
FROM source
CMD ["node", "server.js"]
`

// Dockerfile builds one and runs the tests in one of its stages.
func (t *Tests) Dockerfile(ctx context.Context) error {
	image := t.headgate().Build(service().WithNewFile("Dockerfile", dockerfile), dagger.HeadgateBuildOpts{TestTarget: "source"})
	out, err := image.Container().WithExec([]string{"node", "-p", "require('./server.js').greeting"}).Stdout(ctx)
	if err != nil {
		return err
	}
	if strings.TrimSpace(out) != "shop" {
		return fmt.Errorf("the image says %q", out)
	}
	_, err = image.Test(dagger.HeadgateImageTestOpts{Command: []string{"npm", "test"}}).Assert(ctx)
	return err
}

// NodeSource builds Node source without a Dockerfile and knows how to test it.
func (t *Tests) NodeSource(ctx context.Context) error {
	image := t.headgate().Build(service())
	if _, err := image.Test().Assert(ctx); err != nil {
		return err
	}
	_, err := image.Container().Sync(ctx)
	return err
}

// NothingToBuild is one clear error.
func (t *Tests) NothingToBuild(ctx context.Context) error {
	_, err := t.headgate().Build(dag.Directory().WithNewFile("notes.txt", "")).Commit(ctx)
	if err := refused(err, "no Dockerfile, no go.mod and no package.json"); err != nil {
		return err
	}
	_, err = t.headgate().Build(service(), dagger.HeadgateBuildOpts{Dockerfile: "other.Dockerfile"}).Commit(ctx)
	return refused(err, "other.Dockerfile")
}

// FailingTests are a result with a report, which assert fails for.
func (t *Tests) FailingTests(ctx context.Context) error {
	broken := service().WithNewFile("server.js", "exports.greeting = 'closed';\n")
	result := t.headgate().Build(broken).Test()
	code, err := result.ExitCode(ctx)
	if err != nil {
		return err
	}
	if code != 1 {
		return fmt.Errorf("exit code %d", code)
	}
	out, err := result.Report().File("output.txt").Contents(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(out, "closed") {
		return fmt.Errorf("the report does not have the tests' output: %s", out)
	}
	_, err = result.Assert(ctx)
	return refused(err, "failed")
}

// Publishes to a registry and gets a reference with the digest.
func (t *Tests) Publishes(ctx context.Context) error {
	registry := dag.Container().From("registry:2.8.3").WithExposedPort(5000).AsService(dagger.ContainerAsServiceOpts{UseEntrypoint: true})
	image := t.headgate().Build(service().WithNewFile("Dockerfile", dockerfile))
	_, err := image.Publish(ctx, "registry:5000/shop", dagger.HeadgateImagePublishOpts{Registry: registry})
	if err := refused(err, "no tag"); err != nil {
		return err
	}
	reference, err := image.Publish(ctx, "registry:5000/shop", dagger.HeadgateImagePublishOpts{Registry: registry, Tag: []string{"1.0.0", "latest"}})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(reference, "registry:5000/shop:latest@sha256:") {
		return fmt.Errorf("published %s", reference)
	}
	return nil
}

// RegistryRefuses is one clear error, without the password.
func (t *Tests) RegistryRefuses(ctx context.Context) error {
	const password = "not-to-be-seen"
	image := t.headgate().Build(service().WithNewFile("Dockerfile", dockerfile))
	_, err := image.Publish(ctx, "localhost:1/shop:1.0.0", dagger.HeadgateImagePublishOpts{
		Username: "ci", Password: dag.SetSecret("registry-password", password),
	})
	if err := refused(err, "publish localhost:1/shop:1.0.0"); err != nil {
		return err
	}
	if strings.Contains(err.Error(), password) {
		return fmt.Errorf("the error tells the password")
	}
	return nil
}
