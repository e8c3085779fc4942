package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// Sbom lists what is in the image, by Syft; of an image for several platforms,
// what is in that for the first.
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

// Sign signs a published image with a key, by Cosign, and returns its reference.
// The signature is pushed beside the image.
//
// It is signed once a session: a later call signs again.
// +cache="session"
func (h *Headgate) Sign(
	ctx context.Context,
	// Reference with its digest, as publish returns it.
	reference string,
	// Private key that `cosign generate-key-pair` made.
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
	// Keep the signature out of the public transparency log, where everybody can
	// read of it. Who verifies it then has to say so too.
	// +optional
	private bool,
) (string, error) {
	if !strings.Contains(reference, "@sha256:") {
		return "", fmt.Errorf("sign %s: a tag may come to mean another image; give the reference with its digest, as publish returns it", reference)
	}
	if registryPassword != nil && username == "" {
		return "", errors.New("sign: --registry-password needs --username")
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
		return "", fmt.Errorf("sign %s: %v", reference, err) // as in Publish
	}
	return reference, nil
}
