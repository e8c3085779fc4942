package istio

import (
	"context"
	"fmt"

	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Each calls fn for every object of the user's that a Split may write. Who takes
// a Rollout over uses it before anything is read. What a Split has made itself
// is only ever deleted, by its UID, and by who goes on from there as well.
func (s *Split) Each(ctx context.Context, fn func(ctx context.Context, api dynamic.ResourceInterface, name string) error) error {
	for _, ref := range s.writes() {
		if err := fn(ctx, s.objects(ref), ref.Name); err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
	}
	return nil
}

func (s *Split) writes() []traffic.ObjectRef {
	var out []traffic.ObjectRef
	for _, vs := range s.state.VirtualServices {
		out = append(out, vs.ref())
	}
	for _, e := range s.state.Subsets {
		out = append(out, e.ref())
	}
	return out
}
