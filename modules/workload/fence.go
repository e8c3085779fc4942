package workload

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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
	for i, item := range c.state.Config {
		before, err := c.readItem(ctx, item)
		if err != nil {
			return err
		}
		for _, name := range []string{item.Name, item.copyName(), item.Name + formerSuffix} {
			if err := fn(ctx, c.api(item.resource()), name); err != nil {
				return fmt.Errorf("%s: %w", object(item.Kind, c.state.Namespace, name), err)
			}
		}
		// Its version tells a change by somebody else; fn's is none.
		after, err := c.readItem(ctx, item)
		if err != nil {
			return err
		}
		if before != nil && after != nil && before.GetResourceVersion() == item.Version && equal(content(before), content(after)) {
			c.state.Config[i].Version = after.GetResourceVersion()
		}
	}
	return nil
}

// readItem reads the user's own object; nil when it is not there.
func (c *Candidate) readItem(ctx context.Context, item configItem) (*unstructured.Unstructured, error) {
	obj, err := find(ctx, c.api(item.resource()), item.Name)
	if err != nil {
		return nil, refused("read", object(item.Kind, c.state.Namespace, item.Name), err)
	}
	return obj, nil
}
