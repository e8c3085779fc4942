package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

const linter = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"

// shortTests are the tests that need no cluster.
var shortTests = []string{"go", "test", "-short", "./modules/..."}

// Check this repository's own source with golangci-lint.
// +check
func (h *Headgate) Lint(ctx context.Context) error {
	_, err := h.repository().
		WithMountedCache("/root/.cache/golangci-lint", dag.CacheVolume("headgate-golangci-lint")).
		WithExec([]string{"go", "run", linter, "run", "./..."}).
		Sync(ctx)
	return err
}

// Run the short tests of this repository's packages in modules/.
//
// They need no cluster; the mesh's own in testenv/ and this module's in ci/tests are
// not among them.
// +check
func (h *Headgate) UnitTests(ctx context.Context) error {
	_, err := h.repository().WithExec(shortTests).Sync(ctx)
	return err
}

// Check that this repository's generated code is what its source makes now.
// +check
func (h *Headgate) Generated(ctx context.Context) error {
	fresh := h.Source.AsModuleSource().GeneratedContextChangeset()
	var stale []string
	for _, list := range []func(context.Context) ([]string, error){fresh.AddedPaths, fresh.ModifiedPaths, fresh.RemovedPaths} {
		paths, err := list(ctx)
		if err != nil {
			return err
		}
		stale = append(stale, paths...)
	}
	if len(stale) > 0 {
		return fmt.Errorf("generated code is stale: %s; run dagger develop and commit", strings.Join(stale, ", "))
	}
	return h.schemaFresh(ctx)
}

// schemaFresh compares the schema in docs/ with what the program prints.
func (h *Headgate) schemaFresh(ctx context.Context) error {
	const path = "docs/schema/headgate.dev_v1_release.json"
	printed, err := h.Cli().WithExec([]string{programPath, "schema"}).Stdout(ctx)
	if err != nil {
		return err
	}
	kept, err := h.Source.File(path).Contents(ctx)
	if err != nil {
		return err
	}
	if printed != kept {
		return errors.New(path + " is stale; write it with `headgate schema`")
	}
	return nil
}

// repository is this repository in a container with Go.
func (h *Headgate) repository() *dagger.Container {
	return h.golang("").WithMountedDirectory("/src", h.Source).WithWorkdir("/src")
}
