package session

import (
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/headgate-ci/headgate/modules/journal"
)

// watchdogRules are the rights of a watchdog with an account of its own: what a
// rollback writes, by the objects' names, and what it must read.
func (s *Session) watchdogRules() ([]rbacv1.PolicyRule, error) {
	rule := func(group, resource string, names []string, verbs ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names, Verbs: verbs}
	}
	own := []string{journal.Name(s.name())}
	out := []rbacv1.PolicyRule{
		rule("", "configmaps", own, "get", "update"),
		rule("coordination.k8s.io", "leases", own, "get", "update", "delete"),
		// What is to be created has no name that could be asked for. Needed only
		// when somebody has deleted the Lease.
		rule("coordination.k8s.io", "leases", nil, "create"),
		rule("", "services", nil, "get", "list"),
	}
	for _, a := range s.candidate.AccessToFinish() {
		out = append(out, rule(a.Group, a.Resource, a.Names, a.Verbs...))
	}
	for _, o := range s.split.Objects() {
		if o.Namespace != s.namespace() {
			return nil, fmt.Errorf("%s is in another namespace than the Release (%s), where a watchdog's own account has no rights; name a ServiceAccount that has them in spec.watchdog.serviceAccount", o, s.namespace())
		}
		verbs := []string{"get"}
		for _, v := range o.Verbs {
			if v == "patch" || v == "delete" {
				verbs = append(verbs, v)
			}
		}
		out = append(out, rule(o.Group, o.Resource, []string{o.Name}, verbs...))
	}
	return out, nil
}
