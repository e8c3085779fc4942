// Package cluster says what every cluster of the test environment begins with:
// Istio's objects.
package cluster

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/mesh"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Template returns the data of such a cluster, for plane.FromTemplate.
func Template(ctx context.Context, bins *binaries.Set, tell progress.Func) (string, error) {
	cfg := mesh.Config{Rendered: bins.Rendered, NodeIP: plane.NodeIP}
	sum, err := mesh.Sum(cfg)
	if err != nil {
		return "", err
	}
	return plane.Template(ctx, bins, sum, tell, func(ctx context.Context, rest *rest.Config) error {
		cfg.REST = rest
		return mesh.Install(ctx, cfg)
	})
}
