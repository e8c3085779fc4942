package istio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Cleanup takes away the subsets of candidate and baseline, or their Services
// and the copied rules. It refuses while a route still names one of them:
// requests would fail.
func (s *Split) Cleanup(ctx context.Context) error {
	for _, vs := range s.state.VirtualServices {
		if len(s.state.Subsets) == 0 && len(s.services()) == 0 {
			break // nothing that a route could miss is taken away
		}
		if err := s.released(ctx, vs); err != nil {
			return err
		}
	}
	var errs []error
	for _, e := range s.state.Subsets {
		err := s.edit(ctx, e.ref(), func(obj *unstructured.Unstructured) ([]op, error) { return e.takeAway(obj, s.force) })
		switch {
		case err == nil:
			s.disown(ctx, e.ref(), e.Owners)
		case !apierrors.IsNotFound(err):
			errs = append(errs, err)
		}
	}
	for _, t := range s.state.Rules {
		errs = append(errs, s.remove(ctx, t.ref()))
	}
	for _, role := range s.services() {
		errs = append(errs, s.remove(ctx, s.state.Names.of(role).ref()))
	}
	return errors.Join(errs...)
}

// services are the roles that have a Service made for them.
func (s *Split) services() (roles []string) {
	for _, role := range s.state.roles() {
		if *s.state.service(role) != nil {
			roles = append(roles, role)
		}
	}
	return roles
}

// released checks that no route of an object sends to what Cleanup removes.
func (s *Split) released(ctx context.Context, vs *virtualService) error {
	obj, err := s.get(ctx, vs.ref())
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return explain("read "+vs.ref().String(), err)
	}
	now := naming(spec(obj), vs.candidates())
	if len(now) <= vs.Naming {
		return nil
	}
	return &traffic.ConflictError{
		Object: vs.ref(), Path: now[len(now)-1], Want: "no destination for the candidate any more", Got: "one",
		Next: "restore the routes first; if somebody copied a route meanwhile, remove the candidate from the copy",
	}
}

// naming are the paths of the routes that send to one of the destinations.
func naming(spec map[string]any, ds []destination) []string {
	var out []string
	for _, list := range lists {
		for i, r := range routesOf(spec, list) {
			if sendsTo(r, ds) {
				out = append(out, fmt.Sprintf("spec.%s[%d]", list, i))
			}
		}
	}
	return out
}

// takeAway removes a version's subset as it was added.
func (e subsetEdit) takeAway(obj *unstructured.Unstructured, force bool) ([]op, error) {
	s := spec(obj)
	name, _ := e.Subset["name"].(string)
	there, ok := subsetIn(s, name)
	if !ok {
		return nil, nil
	}
	if digest(there) != digest(e.Subset) && !force {
		return nil, e.conflict(s, name)
	}
	return append(sameSubsets(s), remove(fmt.Sprintf("/spec/subsets/%d", subsetIndex(s, name)))), nil
}

func subsetPath(s map[string]any, name string) string {
	return fmt.Sprintf("spec.subsets[%d]", subsetIndex(s, name))
}

// compact is a JSON value in one line of bounded length.
func compact(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 200
	if len(data) > most {
		return string(data[:most]) + "…"
	}
	return string(data)
}
