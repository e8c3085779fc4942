package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// List what is in the image, by Syft.
//
// Of an image for several platforms it is what is in that for the first.
func (i *Image) Sbom(
	// Format: spdx-json, cyclonedx-json, syft-json or syft-table.
	// +optional
	// +default="spdx-json"
	format string,
	// Image with Syft.
	// +optional
	// +default="anchore/syft:v1.18.1"
	syftImage string,
) *dagger.File {
	const archive, out = "/in/image.tar", "/out/sbom"
	return dag.Container().
		From(syftImage).
		WithMountedFile(archive, i.Variants[0].AsTarball()).
		WithEnvVariable("SYFT_CHECK_FOR_APP_UPDATE", "false").
		WithDirectory("/out", dag.Directory()).
		WithExec([]string{"/syft", "scan", "oci-archive:" + archive, "--quiet", "--output", format + "=" + out}).
		File(out)
}

// Sign a published image with a key, by Cosign, and return its reference.
//
// The signature is pushed beside the image.
//
// It is signed once a session: a later call signs again.
// +cache="session"
func (h *Headgate) Sign(
	ctx context.Context,
	// Reference with its digest, as publish returns it.
	reference string,
	// Private key that cosign generate-key-pair made.
	key *dagger.Secret,
	// The key's password.
	// +optional
	password *dagger.Secret,
	// User of the registry.
	// +optional
	username string,
	// The user's password or token for the registry.
	// +optional
	registryPassword *dagger.Secret,
	// Image with Cosign, by the reference that you trust.
	cosignImage string,
	// Keep the signature out of the public transparency log.
	// Everybody can read of it there. Who verifies it then has to say so too.
	// +optional
	private bool,
) (string, error) {
	if !strings.Contains(reference, "@sha256:") {
		return "", fmt.Errorf("sign %s: a tag may come to mean another image; give the reference with its digest, as publish returns it", reference)
	}
	if err := signIn(username, registryPassword, "--registry-password"); err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	ctr := dag.Container().From(cosignImage).WithMountedSecret("/run/secrets/cosign.key", key).WithEnvVariable("COSIGN_YES", "true")
	if password != nil {
		ctr = ctr.WithSecretVariable("COSIGN_PASSWORD", password)
	}
	if registryPassword != nil {
		config, err := dockerConfig(ctx, reference, username, registryPassword)
		if err != nil {
			return "", err
		}
		ctr = ctr.WithEnvVariable("DOCKER_CONFIG", "/run/docker").WithMountedSecret("/run/docker/config.json", config)
	}
	log := fmt.Sprintf("--tlog-upload=%t", !private)
	_, err := once(ctr).WithExec([]string{"cosign", "sign", log, "--key", "/run/secrets/cosign.key", reference}).Sync(ctx)
	if err != nil {
		return "", fmt.Errorf("sign %s: %v", reference, err) //nolint:errorlint // as in Publish
	}
	return reference, nil
}
