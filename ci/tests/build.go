package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// TestStage is taken by itself: the stage that is published has no tests.
func (t *Tests) TestStage(ctx context.Context) error {
	const stages = `FROM node:22.12.0-alpine AS test
WORKDIR /app
COPY . .
FROM node:22.12.0-alpine
COPY --from=test /app/server.js /app/
CMD ["node", "/app/server.js"]
`
	image := t.headgate().Build(service().WithNewFile("Dockerfile", stages))
	said, err := image.Test(dagger.HeadgateImageTestOpts{Command: []string{"npm", "test"}}).Summary(ctx)
	if err == nil && !strings.Contains(said, "tests 1") {
		return fmt.Errorf("the tests say %s", said)
	}
	return err
}

// NoTests are no success, unless that is said.
func (t *Tests) NoTests(ctx context.Context) error {
	source := dag.Directory().
		WithNewFile("go.mod", "module shop\n\ngo 1.24\n").
		WithNewFile("main.go", "package main\n\nfunc main() {}\n")
	image := t.headgate().Build(source)
	if err := refused(second(image.Test().Verdict(ctx)), "0 tests were run, says go test", "--allow-no-tests"); err != nil {
		return err
	}
	_, err := image.Test(dagger.HeadgateImageTestOpts{AllowNoTests: true}).Assert(ctx)
	return err
}

// HalfSignIn is refused: the registry would be asked as a stranger.
func (t *Tests) HalfSignIn(ctx context.Context) error {
	image := t.headgate().Build(service().WithNewFile("Dockerfile", dockerfile))
	_, err := image.Publish(ctx, "localhost:1/shop:1.0.0", dagger.HeadgateImagePublishOpts{Username: "ci"})
	return refused(err, "publish: --username ci comes without --password")
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

// lookIntoLayers lists what layers have in the working directory, and says which
// have the token anywhere.
const lookIntoLayers = `for f in blobs/sha256/*; do
  tar -tzf "$f" 2>/dev/null | grep '^work/'
  if gunzip -c "$f" 2>/dev/null | grep -q "$TOKEN"; then echo "the token is in $f"; fi
done`

// NodeSecrets keeps npm's settings and the environment's out of the image, in
// which only what was built is, and installs what the lock file says.
func (t *Tests) NodeSecrets(ctx context.Context) error {
	const token = "not-to-be-published"
	source := service().
		WithNewFile("package-lock.json", `{"name":"shop","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"shop","version":"1.0.0"}}}`).
		WithNewFile(".npmrc", "//registry.example.com/:_authToken="+token+"\n").
		WithNewFile(".env.local", "TOKEN="+token+"\n").
		WithNewFile("web/.env", "TOKEN="+token+"\n").
		WithNewFile(".gitlab-ci.yml", "# nothing\n")
	image := t.headgate().Build(source)
	if _, err := image.Test().Assert(ctx); err != nil {
		return err
	}
	found, err := dag.Container().From("alpine:3.22.1").WithMountedFile("/in/image.tar", image.Tarball()).WithWorkdir("/layers").
		WithEnvVariable("TOKEN", token).
		WithExec([]string{"tar", "-xf", "/in/image.tar"}).
		WithExec([]string{"sh", "-c", lookIntoLayers}).Stdout(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(found, "work/server.js") {
		return fmt.Errorf("the layers have no server.js: %s", found)
	}
	for _, name := range []string{".npmrc", ".env", ".gitlab-ci.yml", "the token is in"} {
		if strings.Contains(found, name) {
			return fmt.Errorf("the layers have %s: %s", name, found)
		}
	}
	return nil
}

// DockerfileFlags are refused where there is no Dockerfile.
func (t *Tests) DockerfileFlags(ctx context.Context) error {
	for flag, opts := range map[string]dagger.HeadgateBuildOpts{
		"--target":       {Target: "final"},
		"--test-target":  {TestTarget: "final"},
		"--build-arg":    {BuildArg: []string{"A=1"}},
		"--build-secret": {BuildSecret: []*dagger.Secret{dag.SetSecret("build-secret", "s")}},
	} {
		_, err := t.headgate().Build(service(), opts).Commit(ctx)
		if err := refused(err, "build: "+flag+" is for a Dockerfile, and the source has none"); err != nil {
			return err
		}
	}
	return nil
}

// machines are the platforms that GoSource builds for, and how an ELF file says
// which it is for.
var machines = map[dagger.Platform]string{"linux/amd64": "3e", "linux/arm64": "b7"}

// GoSource builds source without a Dockerfile for several platforms: the program
// is compiled, not emulated, for each.
func (t *Tests) GoSource(ctx context.Context) error {
	source := dag.Directory().
		WithNewFile("go.mod", "module shop\n\ngo 1.24\n").
		WithNewFile("main.go", "package main\n\nfunc main() { println(greeting()) }\n\nfunc greeting() string { return \"the shop\" }\n").
		WithNewFile("main_test.go", "package main\n\nimport \"testing\"\n\nfunc TestGreets(t *testing.T) {\n\tif greeting() != \"the shop\" {\n\t\tt.Fail()\n\t}\n}\n")
	image := t.headgate().Build(source, dagger.HeadgateBuildOpts{Platform: slices.Sorted(maps.Keys(machines))})
	if _, err := image.Test().Assert(ctx); err != nil {
		return err
	}
	for platform, want := range machines {
		program := image.Container(dagger.HeadgateImageContainerOpts{Platform: platform}).File("/app")
		machine, err := dag.Container().From("alpine:3.22.1").WithFile("/app", program).
			WithExec([]string{"od", "-An", "-tx1", "-j18", "-N1", "/app"}).Stdout(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if strings.TrimSpace(machine) != want {
			return fmt.Errorf("%s: the program is for the machine %q", platform, machine)
		}
	}
	_, err := image.Container(dagger.HeadgateImageContainerOpts{Platform: "linux/riscv64"}).Sync(ctx)
	return refused(err, "not built for linux/riscv64")
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

// FailingTests fail the call; where that is allowed they are a result with a
// report, which assert fails for.
func (t *Tests) FailingTests(ctx context.Context) error {
	broken := service().WithNewFile("server.js", "exports.greeting = 'closed';\n")
	image := t.headgate().Build(broken)
	_, err := image.Test().Verdict(ctx)
	if err := refused(err, "test: failed", "exit code 1", "--allow-failure"); err != nil {
		return err
	}
	result := image.Test(dagger.HeadgateImageTestOpts{AllowFailure: true})
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

// ProgramImage has the program as its entrypoint, under a user that is not root,
// and the program knows its version.
func (t *Tests) ProgramImage(ctx context.Context) error {
	ctr := dag.Headgate().ProgramImage("v1.2.3").Container()
	said, err := ctr.WithExec([]string{"version"}, dagger.ContainerWithExecOpts{UseEntrypoint: true}).Stdout(ctx)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(said, "headgate v1.2.3 ") {
		return fmt.Errorf("the program says %q", said)
	}
	user, err := ctr.User(ctx)
	if err != nil {
		return err
	}
	if user != "65532:65532" {
		return fmt.Errorf("the user is %q", user)
	}
	_, err = dag.Headgate().ProgramImage("latest").Container().Sync(ctx)
	return refused(err, `--version "latest"`)
}

// Publishes to a registry and gets a reference with the digest.
func (t *Tests) Publishes(ctx context.Context) error {
	registry := dag.Container().From("registry:2.8.3").WithExposedPort(5000).AsService(dagger.ContainerAsServiceOpts{UseEntrypoint: true})
	image := t.headgate().Build(service().WithNewFile("Dockerfile", dockerfile))
	_, err := image.Publish(ctx, "localhost:5000/shop", dagger.HeadgateImagePublishOpts{Registry: registry})
	if err := refused(err, "no tag"); err != nil {
		return err
	}
	reference, err := image.Publish(ctx, "localhost:5000/shop", dagger.HeadgateImagePublishOpts{Registry: registry, Tag: []string{"1.0.0", "latest"}})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(reference, "localhost:5000/shop:latest@sha256:") {
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
