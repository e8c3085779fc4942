package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Build the image that a watchdog, or a rollout in the cluster, runs in.
//
// It has the headgate program as the entrypoint, under a numeric user that is not
// root. The program in it knows its version and its image.
// +cache="session"
func (h *Headgate) ProgramImage(
	ctx context.Context,
	// Version that the program says it is, such as v1.2.0.
	version string,
	// Reference that the image is published as.
	// By default that is headgate-ci/headgate with the version.
	// +optional
	image string,
	// Platforms, such as linux/amd64,linux/arm64; the engine's by default.
	// +optional
	platform []dagger.Platform,
) (*Image, error) {
	named, err := linkedAs(version, image)
	if err != nil {
		return nil, fmt.Errorf("program-image: %w", err)
	}
	if len(platform) == 0 {
		platform = []dagger.Platform{""}
	}
	made := &Image{Tester: h.repository(), TestCommand: shortTests}
	for _, p := range platform {
		ctr, err := dag.Container(dagger.ContainerOpts{Platform: p}).
			From(h.BaseImage).
			WithFile(programPath, h.compiled(p, named), dagger.ContainerWithFileOpts{Permissions: 0o755}).
			WithUser("65532:65532").
			WithEntrypoint([]string{programPath}).
			Sync(ctx)
		if err != nil {
			return nil, fmt.Errorf("program-image: %w", err)
		}
		made.Variants = append(made.Variants, ctr)
	}
	return made, nil
}

var (
	versionForm   = regexp.MustCompile(`^v?\d+\.\d+\.\d+[0-9A-Za-z.+-]*$`)
	referenceForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._:/@-]*$`)
)

// linkedAs are the linker's flags that have the program know its version, by
// which it knows its image too, or an image besides.
func linkedAs(version, image string) (string, error) {
	const pkg = "github.com/headgate-ci/headgate/modules/cli."
	var flags []string
	if version != "" {
		if !versionForm.MatchString(version) {
			return "", fmt.Errorf("--version %q: want a version such as v1.2.0", version)
		}
		flags = append(flags, "-X "+pkg+"Version="+version)
	}
	if image != "" {
		if !referenceForm.MatchString(image) {
			return "", fmt.Errorf("--image %q: want a reference such as registry.example.com/tools/headgate:1.2.0", image)
		}
		flags = append(flags, "-X "+pkg+"Image="+image)
	}
	return strings.Join(flags, " "), nil
}
