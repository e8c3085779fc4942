package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/cache"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Install puts into a fresh cluster what every environment begins with.
type Install func(ctx context.Context, cfg *rest.Config) error

// Template returns etcd's data of a cluster in which install has run. The first
// call for a key makes that cluster; key must change with what install does.
func Template(ctx context.Context, bins *binaries.Set, key string, tell progress.Func, install Install) (string, error) {
	dir, err := cache.Versioned("templates", bins.Sum+"-"+key)
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "etcd")
	if _, err := os.Stat(data); err == nil {
		return data, nil
	}
	unlock, err := cache.Lock(ctx, dir, func() {})
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(data); err == nil {
		return data, nil
	}
	tell(progress.Event{What: "installing Istio's objects into a cluster to begin from"})
	if err := makeTemplate(ctx, bins, data, install); err != nil {
		return "", fmt.Errorf("make the cluster's template: %w", err)
	}
	return data, nil
}

// makeTemplate runs a control plane just for this; it is gone afterwards.
func makeTemplate(ctx context.Context, bins *binaries.Set, data string, install Install) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(data), "new")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := runInstall(ctx, bins, tmp, install); err != nil {
		return err
	}
	return os.Rename(filepath.Join(tmp, "etcd"), data)
}

func runInstall(ctx context.Context, bins *binaries.Set, dir string, install Install) error {
	p, err := New(Config{Binaries: bins, Dir: dir, Bind: "127.0.0.1"})
	if err != nil {
		return err
	}
	defer p.Stop(10 * time.Second)
	if err := p.StartAPI(ctx); err != nil {
		return err
	}
	return install(ctx, p.Config())
}

// FromTemplate gives a control plane's folder a copy of a template's data.
func FromTemplate(template, dir string) error {
	if err := copyTree(template, filepath.Join(dir, "etcd")); err != nil {
		return fmt.Errorf("copy the cluster's template: %w", err)
	}
	return nil
}
