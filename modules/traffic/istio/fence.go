package istio

import (
	"context"
	"fmt"

	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Each calls fn for every object that a Split may write, those of the user and
// its own. Who takes a Rollout over uses it before anything is read.
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
	for _, t := range s.state.Rules {
		out = append(out, t.ref())
	}
	if s.state.Service != nil {
		n := s.state.Names
		out = append(out, n.ref(n.canaryService()))
	}
	return out
}
