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

// Image is a built service: one container a platform.
type Image struct {
	// Commit of the source it was built of; empty where its history was not there.
	Commit string
	// +private
	Variants []*dagger.Container
	// +private
	Tester *dagger.Container
	// +private
	TestCommand []string
}

// Container is the image as a container, to run, inspect or export.
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

// Tarball is the image with all its platforms as one archive in the OCI layout,
// as `docker load` takes it.
func (i *Image) Tarball() *dagger.File {
	return i.Variants[0].AsTarball(dagger.ContainerAsTarballOpts{PlatformVariants: i.Variants[1:]})
}

// Test runs the service's tests: in the stage of the Dockerfile that build was
// told, or in the source's toolchain.
func (i *Image) Test(
	ctx context.Context,
	// Command; "go test ./..." or "npm test" where the source was detected. A
	// Dockerfile's needs one, such as --command npm,test.
	// +optional
	command []string,
	// Reports that the command writes, as a path in its working directory, such as
	// junit.xml or reports; added to the result's.
	// +optional
	reports string,
) (*Result, error) {
	if len(command) == 0 {
		command = i.TestCommand
	}
	if len(command) == 0 {
		return nil, errors.New("the image of a Dockerfile has no test command of its own: give it with --command, such as --command npm,test")
	}
	started := time.Now()
	ctr := i.Tester.WithExec(command, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	res, err := finished(ctx, "test", ctr, started)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", strings.Join(command, " "), err)
	}
	return res.with(ctx, ctr, reports)
}

// Publish pushes the image and returns its reference with the digest, which
// stays the same image for ever.
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
	// A registry that runs as a service, for a push that stays inside. One without TLS is
	// addressed as localhost, such as localhost:5000/shop.
	// +optional
	registry *dagger.Service,
) (string, error) {
	refs, err := references(address, tag, i.Commit)
	if err != nil {
		return "", err
	}
	ctr := i.Variants[0]
	if password != nil {
		if username == "" {
			return "", errors.New("publish: --password needs --username")
		}
		ctr = ctr.WithRegistryAuth(address, username, password)
	}
	var published string
	for _, ref := range refs {
		if published, err = ctr.Publish(ctx, ref, dagger.ContainerPublishOpts{PlatformVariants: i.Variants[1:], RegistryService: registry}); err != nil {
			// The engine tells a wrapped error of its own without the wrapping.
			return "", fmt.Errorf("publish %s: %v", ref, err)
		}
	}
	return published, nil
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
