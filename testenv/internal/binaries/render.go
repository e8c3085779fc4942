package binaries

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// render has Istio's objects written into a folder, and then copies the
// template of Envoy's configuration out of the Istio module.
func (b *builder) render(ctx context.Context, dir, bootstrap string) error {
	cmd := exec.CommandContext(ctx, b.output(renderer), "-out", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("render Istio's objects: %w\n%s", err, tail(out))
	}
	module, err := b.module(ctx, "istio.io/istio")
	if err != nil {
		return err
	}
	template := filepath.Join(module, "tools", "packaging", "common", "envoy_bootstrap.json")
	data, err := os.ReadFile(template) //nolint:gosec // in the module cache
	if err != nil {
		return fmt.Errorf("the template of Envoy's configuration: %w", err)
	}
	part := bootstrap + ".part"
	if err := os.WriteFile(part, data, 0o600); err != nil { //nolint:gosec // in the cache
		return err
	}
	// The proxy reads it, and runs as a user of its own.
	if err := os.Chmod(part, 0o644); err != nil { //nolint:gosec // see above
		return err
	}
	return os.Rename(part, bootstrap)
}
