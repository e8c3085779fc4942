package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// workDir is where a caller's files are in containers.
const workDir = "/work"

// A built service: one container a platform.
type Image struct {
	// Commit that it was built of; empty where the source had no history.
	Commit string
	// +private
	Variants []*dagger.Container
	// +private
	Tester *dagger.Container
	// +private
	TestCommand []string
}

// The image as a container, to run, inspect or export.
func (i *Image) Container(
	ctx context.Context,
	// Platform, where it was built for several; the first by default.
	// +optional
	platform dagger.Platform,
) (*dagger.Container, error) {
	if platform == "" {
		return i.Variants[0], nil
	}
	for _, v := range i.Variants {
		p, err := v.Platform(ctx)
		if err != nil {
			return nil, err
		}
		if p == platform {
			return v, nil
		}
	}
	return nil, fmt.Errorf("the image was not built for %s: name it in --platform of build", platform)
}

// The image with all its platforms as one archive, as docker load takes it.
//
// The archive has the OCI layout.
func (i *Image) Tarball() *dagger.File {
	return i.Variants[0].AsTarball(dagger.ContainerAsTarballOpts{PlatformVariants: i.Variants[1:]})
}

// Run the service's tests.
//
// They are run in the Dockerfile's stage named test, or in that of --test-target of
// build, or in the source's toolchain. The call fails when a test does, and when no
// test was run. End it with summary, or with --allow-failure report export --path
// DIR.
// +cache="session"
func (i *Image) Test(
	ctx context.Context,
	// Test command, such as npm,test; a Dockerfile's needs one.
	// Where the source was detected it is go test ./... or npm test.
	// +optional
	command []string,
	// Reports that the command writes, as a path in its working directory.
	// Such as junit.xml or reports; they are added to the result's.
	// +optional
	reports string,
	// Take it for a success that no test was run.
	// +optional
	allowNoTests bool,
	// Hand the result over whatever its verdict, instead of failing the call.
	// +optional
	allowFailure bool,
) (*Result, error) {
	if len(command) == 0 {
		command = i.TestCommand
	}
	if len(command) == 0 {
		return nil, errors.New("the image of a Dockerfile has no test command of its own: give it with --command, such as --command npm,test")
	}
	started := time.Now()
	ctr := i.Tester.WithExec(command, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	res, err := tested(ctx, "test", ctr, started, allowNoTests)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", strings.Join(command, " "), err)
	}
	if res, err = res.with(ctx, ctr, reports); err != nil {
		return nil, err
	}
	return res.unless(allowFailure, false)
}

// Push the image, and return its reference with the digest.
//
// That stays the same image for ever.
//
// It is pushed once a session: a later call pushes again.
// +cache="session"
func (i *Image) Publish(
	ctx context.Context,
	// Repository, such as registry.example.com/team/shop; a tag may follow it.
	address string,
	// Tags; the source's commit by default.
	// +optional
	tag []string,
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
) (string, error) {
	refs, err := references(address, tag, i.Commit)
	if err != nil {
		return "", err
	}
	ctr := i.Variants[0]
	if err := signIn(username, password, "--password"); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if password != nil {
		ctr = ctr.WithRegistryAuth(address, username, password)
	}
	var published string
	for _, ref := range refs {
		if published, err = ctr.Publish(ctx, ref, dagger.ContainerPublishOpts{PlatformVariants: i.Variants[1:], RegistryService: registry}); err != nil {
			// The engine tells a wrapped error of its own without the wrapping.
			return "", fmt.Errorf("publish %s: %v", ref, err) //nolint:errorlint // as said
		}
	}
	return published, nil
}

// signIn refuses half a sign-in, which would be none.
func signIn(username string, password *dagger.Secret, flag string) error {
	switch {
	case password == nil && username != "":
		return fmt.Errorf("--username %s comes without %s: the registry would be asked as a stranger", username, flag)
	case password != nil && username == "":
		return fmt.Errorf("%s needs --username", flag)
	}
	return nil
}

// references are all that an image is pushed as.
func references(address string, tags []string, commit string) ([]string, error) {
	repository, tag := splitTag(address)
	switch {
	case tag != "":
		tags = append(slices.Clone(tags), tag)
	case len(tags) == 0 && commit != "":
		tags = []string{commit}
	case len(tags) == 0:
		return nil, fmt.Errorf("publish %s: no tag: the source had no git history to take the commit of; give --tag", address)
	}
	refs := make([]string, len(tags))
	for i, t := range tags {
		refs[i] = repository + ":" + t
	}
	return refs, nil
}

// splitTag parts a reference at its tag; a colon before a slash is a port's.
func splitTag(address string) (repository, tag string) {
	colon := strings.LastIndex(address, ":")
	if colon < strings.LastIndex(address, "/") || colon < 0 {
		return address, ""
	}
	return address[:colon], address[colon+1:]
}
