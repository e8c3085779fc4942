package plane

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/cache"
)

// Install puts into a fresh cluster what every environment begins with.
type Install func(ctx context.Context, cfg *rest.Config) error

// FromTemplate makes dir the copy of a cluster that was installed before. The
// first call for a key makes that cluster; key must change with what install
// does.
func FromTemplate(ctx context.Context, bins *binaries.Set, key, dir string, install Install) error {
	template, err := template(ctx, bins, key, install)
	if err != nil {
		return err
	}
	for _, part := range []string{"etcd", "pki"} {
		if err := copyTree(filepath.Join(template, part), filepath.Join(dir, part)); err != nil {
			return fmt.Errorf("copy the cluster's template: %w", err)
		}
	}
	return nil
}

func template(ctx context.Context, bins *binaries.Set, key string, install Install) (string, error) {
	parent, err := cache.Dir("clusters")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(parent, bins.Sum+"-"+key)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp, err := os.MkdirTemp(parent, "new")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp) //nolint:errcheck // in the cache; renamed by then when all went well
	if err := build(ctx, bins, tmp, install); err != nil {
		return "", fmt.Errorf("make the cluster's template: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, there := os.Stat(dir); there != nil { // somebody else was faster otherwise
			return "", err
		}
	}
	return dir, nil
}

func build(ctx context.Context, bins *binaries.Set, dir string, install Install) error {
	p, err := New(Config{Binaries: bins, Dir: dir, Bind: "127.0.0.1"})
	if err != nil {
		return err
	}
	defer p.Stop()
	if err := p.StartAPI(ctx); err != nil {
		return err
	}
	return install(ctx, p.Config())
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
}
