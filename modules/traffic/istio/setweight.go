package istio

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Intend notes the weights that the routes are about to get.
func (s *Split) Intend(w traffic.Weights) {
	for _, vs := range s.state.VirtualServices {
		if !slices.Contains(vs.Known, standOf(w)) {
			vs.Known = append(vs.Known, standOf(w))
		}
	}
}

// SetWeight gives candidate and baseline percentages of what stable gets in
// every route. Objects are edited in a fixed order; moving traffic away from the
// candidate does not stop at one that fails.
func (s *Split) SetWeight(ctx context.Context, w traffic.Weights) error {
	if err := w.Check(); err != nil {
		return err
	}
	if w.Baseline > 0 && s.state.Baseline == nil {
		return fmt.Errorf("weight %s: these routes were found without a baseline", w)
	}
	var moved []traffic.ObjectRef
	var errs []error
	for _, vs := range s.state.VirtualServices {
		err := s.setWeight(ctx, vs, standOf(w))
		if err == nil {
			moved = append(moved, vs.ref())
			continue
		}
		errs = append(errs, err)
		if w.Candidate > 0 {
			break
		}
	}
	if err := errors.Join(errs...); err == nil || len(moved) == 0 {
		return err
	}
	return &traffic.PartialError{Moved: moved, Err: errors.Join(errs...)}
}

func (s *Split) setWeight(ctx context.Context, vs *virtualService, goal stand) error {
	err := s.write(ctx, vs, func(spec map[string]any) (stand, []op, error) {
		if _, ok := vs.standsAt(spec, []stand{original}); ok && goal == 0 {
			return goal, nil, nil // nothing goes to the candidate
		}
		from := vs.weights()
		if len(from) == 0 {
			return goal, nil, fmt.Errorf("%s is not prepared for a candidate: call Prepare first", vs.ref())
		}
		ops, err := vs.move(spec, goal, from)
		return goal, ops, err
	})
	return vs.deleted(err)
}

// deleted makes a conflict of an object that is gone.
func (vs *virtualService) deleted(err error) error {
	if !apierrors.IsNotFound(err) {
		return err
	}
	return &traffic.ConflictError{Object: vs.ref(), Path: "metadata.name", Want: "the object", Got: "none: it was deleted", Next: "create it again, or roll back"}
}

// write edits a VirtualService and keeps count of the states that it can be
// in: until the answer to a write is there, the old and the new one.
func (s *Split) write(ctx context.Context, vs *virtualService, plan func(spec map[string]any) (stand, []op, error)) error {
	before, goal := vs.Known, original
	err := s.edit(ctx, vs.ref(), func(obj *unstructured.Unstructured) (ops []op, err error) {
		vs.Known = before
		if goal, ops, err = plan(spec(obj)); err == nil && len(ops) > 0 {
			vs.Known = append(slices.Clone(before), goal)
		}
		return ops, err
	})
	switch {
	case err == nil:
		vs.Known, vs.Adopted = []stand{goal}, false
	case refused(err):
		vs.Known = before
	}
	return err
}

// refused says that the API server has answered and written nothing. Any other
// error leaves open whether the write arrived.
func refused(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && status.Status().Code >= 400 && status.Status().Code < 500
}

// weights are the known states in which the candidate is in the routes.
func (vs *virtualService) weights() []stand {
	out := slices.DeleteFunc(slices.Clone(vs.Known), func(s stand) bool { return s == original })
	if vs.Adopted {
		out = append(out, all[1:]...)
	}
	return out
}

// standsAt is the first of some states that all edited routes are in.
func (vs *virtualService) standsAt(spec map[string]any, states []stand) (stand, bool) {
	found := vs.locateAll(spec)
	for _, st := range states {
		if !slices.ContainsFunc(found, func(l located) bool { return l.edited() && !vs.is(spec, l, st) }) {
			return st, true
		}
	}
	return original, false
}

func (vs *virtualService) is(spec map[string]any, l located, s stand) bool {
	return l.pos >= 0 && l.look(l.pos, routesOf(spec, l.List)[l.pos]).differs(l.at(s)) == nil
}
