package session

import (
	"context"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/incluster"
)

// watchdogAccess is what starting a watchdog needs.
func (s *Session) watchdogAccess() []cluster.Access {
	w := s.release.Spec.Watchdog
	if w == nil {
		return nil
	}
	const because = "start the watchdog of spec.watchdog; headgate rbac --watchdog prints the Role"
	need := []cluster.Access{}
	add := func(group, resource string, verbs ...string) {
		for _, v := range verbs {
			need = append(need, cluster.Access{Verb: v, Group: group, Resource: resource, Namespace: s.namespace(), Because: because})
		}
	}
	add("batch", "jobs", "get", "list", "create", "patch", "delete")
	if w.ServiceAccount == "" {
		add("", "serviceaccounts", "create")
		add("rbac.authorization.k8s.io", "roles", "create")
		add("rbac.authorization.k8s.io", "rolebindings", "create")
	}
	return need
}

// checkWatchdog has the API server judge the watchdog's objects, which includes
// whether the caller may give the rights that it needs.
func (s *Session) checkWatchdog(ctx context.Context) error {
	guard, err := s.standby("preflight")
	if err != nil || guard == nil {
		return err
	}
	return incluster.Check(ctx, s.cluster.Dynamic, guard.spec)
}
