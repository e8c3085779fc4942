package istio

import (
	"slices"
	"strings"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// DefaultDomain is the cluster's DNS domain unless an Option says otherwise.
const DefaultDomain = "cluster.local"

// names knows by which hosts routes and rules can mean one Service.
type names struct {
	Namespace string   `json:"namespace"`
	Service   string   `json:"service"`
	Domain    string   `json:"domain"`
	Extra     []string `json:"extra,omitempty"`
}

func (n names) fqdn() string { return n.Service + "." + n.Namespace + ".svc." + n.Domain }

// mean says whether a host, written in an object of the given namespace, is
// this Service. A name without a dot is relative to the object's namespace.
func (n names) mean(host, namespace string) bool {
	if !strings.Contains(host, ".") {
		return host == n.Service && namespace == n.Namespace
	}
	return host == n.fqdn() || n.incomplete(host) || slices.Contains(n.Extra, host)
}

// incomplete says that a person means this Service, but Istio does not take it
// so: it completes names without a dot only.
func (n names) incomplete(host string) bool {
	if slices.Contains(n.Extra, host) {
		return false
	}
	short := n.Service + "." + n.Namespace
	return host == short || host == short+".svc"
}

// covers says whether a wildcard host such as "*.demo.svc.cluster.local" takes
// in this Service.
func (n names) covers(host string) bool {
	suffix, wild := strings.CutPrefix(host, "*")
	return wild && strings.HasSuffix(n.fqdn(), suffix)
}

// twin is a version's own Service in the spelling that stable's host has.
func (n names) twin(role, host string) string {
	if slices.Contains(n.Extra, host) {
		return n.of(role).fqdn()
	}
	first, rest, dotted := strings.Cut(host, ".")
	if !dotted {
		return first + suffixOf(role)
	}
	return first + suffixOf(role) + "." + rest
}

// of are the names of a version's own Service.
func (n names) of(role string) names {
	n.Service, n.Extra = n.Service+suffixOf(role), nil
	return n
}

// suffixOf ends the names of the objects made for a version.
func suffixOf(role string) string {
	if role == traffic.RoleBaseline {
		return "-baseline"
	}
	return "-canary"
}
