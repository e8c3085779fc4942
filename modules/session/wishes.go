package session

import (
	"fmt"

	"github.com/headgate-ci/headgate/modules/cluster"
)

// wishes are permissions that a Rollout does without: each that is denied
// becomes a warning, which says what Headgate then cannot do.
func (s *Session) wishes() []cluster.Access {
	ns := s.namespace()
	return []cluster.Access{
		{Verb: "get", Resource: "pods/log", Namespace: ns, Because: "quote the log of a candidate that crashes", Unnecessary: true},
		{Verb: "list", Resource: "events", Namespace: ns, Because: "say why Pods are not made or not started", Unnecessary: true},
		{Verb: "list", Resource: "configmaps", Namespace: ns, Because: "list the rollouts of the namespace (`headgate list`)", Unnecessary: true},
		{Verb: "patch", Resource: "pods", Namespace: ns, Because: "keep requests from the candidate that no route governs", Unnecessary: true},
		{Verb: "patch", Group: "coordination.k8s.io", Resource: "leases", Namespace: ns, Because: "ask another driver to pause, promote or roll back", Unnecessary: true},
	}
}

// without turns denied wishes into warnings.
func (s *Session) without(lacking []cluster.Access) {
	for _, a := range lacking {
		s.warnings = append(s.warnings, fmt.Sprintf("not permitted: %s; without it Headgate cannot %s", a, a.Because))
	}
}
