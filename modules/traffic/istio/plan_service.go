package istio

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// twinService is a version's own Service where stable's is the only host that
// the routes know.
type twinService struct {
	// Selector selects the version's Pods; stable's does not select them.
	Selector map[string]string `json:"selector"`
}

// twinRule is a copy of a host's DestinationRule for a version's own host.
type twinRule struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Of        string `json:"of"`
	// For is the version's role, the candidate's when empty.
	For string `json:"for,omitempty"`
}

func (t twinRule) role() string { return cmp.Or(t.For, traffic.RoleCandidate) }

func (t twinRule) ref() traffic.ObjectRef {
	return traffic.ObjectRef{Group: group, Resource: resourceDestinationRules, Kind: kindDestinationRule, Namespace: t.Namespace, Name: t.Name}
}

// planService has each version told apart by a Service of its own.
func (f *finder) planService(ctx context.Context, st *state) error {
	for _, role := range st.roles() {
		ref := f.names.of(role).ref()
		there, err := f.get(ctx, ref)
		switch {
		case err == nil && !ours(there):
			err = f.planOwnService(st.labels(role), role, there)
		case err == nil || apierrors.IsNotFound(err):
			err = f.planTwinService(st, role, there)
		default:
			err = explain("read "+ref.String(), err)
		}
		if err != nil {
			return err
		}
		if err := f.planTwinRules(ctx, st, role); err != nil {
			return err
		}
	}
	return nil
}

// planOwnService uses a Service that the user wrote for a version.
func (f *finder) planOwnService(labels *traffic.Labels, role string, svc *unstructured.Unstructured) error {
	selector, stable := selectorOf(svc), selectorOf(f.service)
	base := merged(stable, f.target.StableLabels)
	labels.Set = merged(selector, map[string]string{traffic.LabelRole: role})
	name := describe(kindService, svc)
	switch {
	case len(selector) == 0:
		return fmt.Errorf("%s has no selector: give it one for %s Pods, or delete it to have it made", name, role)
	case matches(selector, base):
		return fmt.Errorf("%s selects stable's Pods (%v): change its selector, or delete it to have it made", name, selector)
	case matches(stable, apply(base, *labels)):
		return fmt.Errorf("%s: Pods for its selector %v are selected by Service %s too (%v): the two need different values of one label", name, selector, f.target.Service, stable)
	}
	return nil
}

// planTwinService plans a Service that is made for the Rollout.
func (f *finder) planTwinService(st *state, role string, leftover *unstructured.Unstructured) error {
	selector := maps.Clone(selectorOf(f.service))
	key, _ := distinguishing(selector, nil)
	before := selector[key]
	selector[key] = other(before, suffixOf(role)[1:])
	st.labels(role).Set = map[string]string{key: selector[key], traffic.LabelRole: role}
	selector[traffic.LabelRole] = role
	if leftover != nil && !maps.Equal(selectorOf(leftover), selector) {
		return fmt.Errorf("%s was left by an earlier rollout and selects %v: delete it (kubectl delete service -n %s %s)",
			describe(kindService, leftover), selectorOf(leftover), leftover.GetNamespace(), leftover.GetName())
	}
	*st.service(role) = &twinService{selector}
	f.warn(role+" Pods carry %s=%s instead of %s, so that Service %s does not select them: policies that select Pods by %s=%s do not apply to them; subsets in a DestinationRule avoid this",
		key, selector[key], before, f.target.Service, key, before)
	return nil
}

// planTwinRules plans copies of the rules for stable's host, so that the
// version gets the same connection pools, outlier detection and TLS. A wildcard
// rule covers the version's host by itself.
func (f *finder) planTwinRules(ctx context.Context, st *state, role string) error {
	for _, r := range f.rules {
		_, has := spec(r.Unstructured)["trafficPolicy"]
		if !has { // it still keeps a wildcard's policy from stable
			has = slices.ContainsFunc(f.hidden, func(h *rule) bool { return h.GetNamespace() == r.GetNamespace() })
		}
		if !r.exact || !has || f.ruled(r, role) {
			continue
		}
		t := twinRule{Namespace: r.GetNamespace(), Name: r.GetName() + suffixOf(role), Of: r.GetName()}
		if role != traffic.RoleCandidate {
			t.For = role
		}
		there, err := f.get(ctx, t.ref())
		if err == nil && !ours(there) {
			return fmt.Errorf("%s exists and is not for host %q: rename it, Headgate needs the name for a copy of %s", t.ref(), f.names.twin(role, r.host), t.Of)
		}
		if err != nil && !apierrors.IsNotFound(err) {
			return explain("read "+t.ref().String(), err)
		}
		st.Rules = append(st.Rules, t)
	}
	return nil
}

// ruled says whether a version's own host has a rule of the user's own in the
// same namespace.
func (f *finder) ruled(r *rule, role string) bool {
	for _, c := range f.twinRules[role] {
		if c.GetNamespace() == r.GetNamespace() && !ours(c) {
			return true
		}
	}
	return false
}
