package kind

import (
	"fmt"
	"slices"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/yaml"
)

// Config is kind's own configuration for a cluster, as YAML.
func Config(o Options) ([]byte, error) {
	node := func(role v1alpha4.NodeRole) map[string]any { return map[string]any{"role": string(role)} }
	nodes := []any{node(v1alpha4.ControlPlaneRole)}
	for range o.Workers {
		nodes = append(nodes, node(v1alpha4.WorkerRole))
	}
	config := map[string]any{"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "name": o.Name, "nodes": nodes}
	if o.Address != "" {
		config["networking"] = map[string]any{"apiServerAddress": o.Address}
	}
	if names := certificateNames(o); len(names) > 0 {
		patch, err := yaml.Marshal(map[string]any{"kind": "ClusterConfiguration", "apiServer": map[string]any{"certSANs": names}})
		if err != nil {
			return nil, fmt.Errorf("configuration of kind cluster %q: %w", o.Name, err)
		}
		config["kubeadmConfigPatches"] = []any{string(patch)}
	}
	data, err := yaml.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("configuration of kind cluster %q: %w", o.Name, err)
	}
	return data, nil
}

// certificateNames are the names that callers may use for the API server. With
// names of one's own, those that kind would have put in must be there, too.
func certificateNames(o Options) []string {
	if len(o.Names) == 0 {
		return nil
	}
	names := []string{"localhost", "127.0.0.1"}
	for _, n := range append([]string{o.Address}, o.Names...) {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
