package istio

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Prepare adds candidate and baseline: what routes will point at first, then to
// every route with weight 0. It moves no traffic, and where the candidate has a
// weight already it keeps that.
func (s *Split) Prepare(ctx context.Context) error {
	if err := s.prepareService(ctx); err != nil {
		return err
	}
	for _, e := range s.state.Subsets {
		if err := s.edit(ctx, e.ref(), e.plan); err != nil {
			return err
		}
	}
	for _, vs := range s.state.VirtualServices {
		if err := s.prepareRoutes(ctx, vs); err != nil {
			return err
		}
	}
	return nil
}

// Creates is how many subsets and Services Prepare makes.
func (s *Split) Creates() int {
	made := map[any]bool{}
	for _, e := range s.state.Subsets {
		made[e.Subset["name"]] = true
	}
	return len(made) + len(s.services())
}

func (s *Split) prepareRoutes(ctx context.Context, vs *virtualService) error {
	err := s.write(ctx, vs, func(spec map[string]any) (stand, []op, error) {
		if at, ok := vs.standsAt(spec, vs.weights()); ok {
			return at, nil, nil
		}
		ops, err := vs.move(spec, 0, append(vs.weights(), vs.Known...))
		return 0, ops, err
	})
	return vs.deleted(err)
}

// prepareService makes the versions' Services and the copies of the rules for
// stable's host.
func (s *Split) prepareService(ctx context.Context) error {
	n := s.state.Names
	for _, role := range s.services() {
		stable, err := s.get(ctx, n.ref())
		if err != nil {
			return explain("read "+n.ref().String(), err)
		}
		if err := s.create(ctx, n.of(role).ref(), (*s.state.service(role)).build(stable, role)); err != nil {
			return err
		}
	}
	for _, t := range s.state.Rules {
		of := t.ref()
		of.Name = t.Of
		source, err := s.get(ctx, of)
		if err != nil {
			return explain("read "+of.String(), err)
		}
		if err := s.create(ctx, t.ref(), t.build(source, n)); err != nil {
			return err
		}
	}
	return nil
}

// plan adds a version's subset at the end of a rule's.
func (e subsetEdit) plan(obj *unstructured.Unstructured) ([]op, error) {
	s := spec(obj)
	name, _ := e.Subset["name"].(string)
	if there, ok := subsetIn(s, name); ok {
		if digest(there) == digest(e.Subset) {
			return nil, nil
		}
		return nil, e.conflict(s, name)
	}
	if _, ok := s["subsets"]; !ok {
		return []op{add("/spec/subsets", []any{e.Subset})}, nil
	}
	return append(sameSubsets(s), add("/spec/subsets/-", e.Subset)), nil
}

func (e subsetEdit) conflict(s map[string]any, name string) error {
	there, _ := subsetIn(s, name)
	return &traffic.ConflictError{
		Object: e.ref(), Path: subsetPath(s, name), Want: compact(e.Subset), Got: compact(there),
		Next: "put it back as expected, or remove it",
	}
}
