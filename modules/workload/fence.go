package workload

import (
	"context"
	"fmt"

	"k8s.io/client-go/dynamic"
)

// Each calls fn for every object that a Candidate may write, those of the user
// and its own. Who takes a Rollout over uses it before anything is read.
func (c *Candidate) Each(ctx context.Context, fn func(ctx context.Context, api dynamic.ResourceInterface, name string) error) error {
	names := []string{c.state.Name}
	for _, t := range c.twins() {
		names = append(names, t.name())
	}
	for _, name := range names {
		if err := fn(ctx, c.api(deployments), name); err != nil {
			return fmt.Errorf("%s: %w", object("Deployment", c.state.Namespace, name), err)
		}
	}
	for _, item := range c.state.Config {
		for _, name := range []string{item.Name, item.copyName(), item.Name + formerSuffix} {
			if err := fn(ctx, c.api(item.resource()), name); err != nil {
				return fmt.Errorf("%s: %w", object(item.Kind, c.state.Namespace, name), err)
			}
		}
	}
	return nil
}
