// Package cluster says what every cluster of the test environment begins with:
// a control plane with Istio's objects in it.
package cluster

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/mesh"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
)

// Copy fills a folder with such a cluster's data and certificates.
func Copy(ctx context.Context, bins *binaries.Set, dir string) error {
	cfg := mesh.Config{Rendered: bins.Rendered, NodeIP: plane.NodeIP}
	sum, err := mesh.Sum(cfg)
	if err != nil {
		return err
	}
	return plane.FromTemplate(ctx, bins, sum, dir, func(ctx context.Context, rest *rest.Config) error {
		cfg.REST = rest
		return mesh.Install(ctx, cfg)
	})
}
