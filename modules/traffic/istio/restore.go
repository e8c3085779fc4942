package istio

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Restore puts the routes back as the user wrote them. One object's failure
// does not keep the others from being restored. An object or a route that is
// gone has nothing left to be restored.
func (s *Split) Restore(ctx context.Context) error {
	var errs []error
	for _, vs := range s.state.VirtualServices {
		err := s.write(ctx, vs, func(spec map[string]any) (stand, []op, error) {
			ops, err := vs.undo(spec, append(vs.weights(), original), s.force)
			return original, ops, err
		})
		switch {
		case err == nil:
			s.disown(ctx, vs.ref(), vs.Owners)
		case !apierrors.IsNotFound(err):
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
