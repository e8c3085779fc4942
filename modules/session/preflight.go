package session

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

// preflight checks what could stop the Rollout, before anything is written.
func (s *Session) preflight(ctx context.Context) error {
	lacking, err := s.cluster.Check(ctx, append(s.access(), s.wishes()...))
	if err != nil {
		return err
	}
	s.without(lacking)
	if err := s.checkWatchdog(ctx); err != nil {
		return err
	}
	if !s.candidate.Differs() {
		return &UnchangedError{Namespace: s.namespace(), Deployment: s.release.Spec.Target.Name}
	}
	weight, err := s.split.Weight(ctx)
	if err != nil {
		return err
	}
	if weight != (traffic.Weights{}) {
		return fmt.Errorf("the routes of service %s/%s already give the candidate %s of the traffic, and no rollout is on record; set that back to 0 first", s.namespace(), s.service.name, weight)
	}
	if err := s.candidate.Check(ctx); err != nil {
		return err
	}
	said, err := judged(s.split.Carries(), s.release.Spec.Gates)
	if err != nil {
		return err
	}
	warning, err := s.checkSource(ctx)
	if err != nil {
		return err
	}
	for _, w := range []string{said, warning} {
		if w != "" {
			s.warnings = append(s.warnings, w)
		}
	}
	s.warnings = append(s.warnings, s.setAside(ctx)...)
	if err := s.checkQueries(ctx); err != nil {
		return err
	}
	s.warnings = append(s.warnings, lookback(s.release.Spec.Gates, s.longestGate())...)
	if s.settings.Interval == 0 { // known now that the source is picked
		s.settings.Interval = intervalFor(s.source.Name())
	}
	return s.pickSteps(ctx)
}

// access is every permission that this Rollout will need.
func (s *Session) access() []cluster.Access {
	ns := s.namespace()
	var out []cluster.Access
	need := func(because, group, resource, namespace string, verbs ...string) {
		for _, v := range verbs {
			out = append(out, cluster.Access{Verb: v, Group: group, Resource: resource, Namespace: namespace, Because: because})
		}
	}
	need("keep the journal", "", "configmaps", ns, "get", "create", "update")
	need("hold the lease", "coordination.k8s.io", "leases", ns, "get", "create", "update", "delete")
	need("find the service of the candidate", "", "services", ns, "get", "list")
	need("see that the mesh knows the candidate's Pods before they get traffic", "discovery.k8s.io", "endpointslices", ns, "list")
	for _, a := range workload.AccessFor(s.work) {
		resource := a.Resource
		if a.Subresource != "" {
			resource += "/" + a.Subresource
		}
		need("run the candidate and see why it does not get ready", a.Group, resource, ns, a.Verbs...)
	}
	if s.split == nil { // not found yet
		need("find the routes and move traffic by them", "networking.istio.io", "virtualservices", ns, "get", "list", "patch")
		need("find the subsets and add the candidate's", "networking.istio.io", "destinationrules", ns, "get", "list", "patch")
		return append(out, s.watchdogAccess()...)
	}
	for _, o := range s.split.Objects() {
		need("move traffic by "+o.String(), o.Group, o.Resource, o.Namespace, o.Verbs...)
	}
	return append(out, s.watchdogAccess()...)
}

// allMissing makes of the first thing that may not be read all that the caller
// may not do, so that it can be granted at once.
func (s *Session) allMissing(ctx context.Context, err error) error {
	if !apierrors.IsForbidden(err) {
		return err
	}
	var denied *cluster.AccessError
	if _, all := s.cluster.Check(ctx, s.access()); errors.As(all, &denied) {
		return fmt.Errorf("%w\n%w", err, denied)
	}
	return err
}
