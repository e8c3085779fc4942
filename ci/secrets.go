package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// dockerConfig is a registry's login in the form that tools read from a file.
func dockerConfig(ctx context.Context, reference, username string, password *dagger.Secret) (*dagger.Secret, error) {
	plain, err := password.Plaintext(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the registry's password: %w", err)
	}
	host, _, _ := strings.Cut(reference, "/")
	type login struct {
		Auth string `json:"auth"`
	}
	doc, err := json.Marshal(map[string]map[string]login{"auths": {
		host: {Auth: base64.StdEncoding.EncodeToString([]byte(username + ":" + plain))},
	}})
	if err != nil {
		return nil, err
	}
	return secret("docker-config", string(doc)), nil
}

// secret keeps a text that this module made as one. Its name is the text's
// address, so two must never share one.
func secret(kind, plain string) *dagger.Secret {
	return dag.SetSecret("headgate-"+kind+"-"+rand.Text(), plain)
}
