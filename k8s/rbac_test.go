package k8s

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// allows reports whether a Role lets its holder do verb on group/resource.
func allows(role *rbacv1.Role, group, resource, verb string) bool {
	return slices.ContainsFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.APIGroups, group) && slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb)
	})
}

// granted is what rbac grants, with what is optional there.
func granted(t *testing.T) []runtime.Object {
	t.Helper()
	return slices.Concat(build(t, "rbac"), build(t, "rbac/deploy"), build(t, "rbac/watchdog"))
}

func roles(t *testing.T) map[string]*rbacv1.Role {
	t.Helper()
	found := map[string]*rbacv1.Role{}
	for _, o := range granted(t) {
		if role, ok := o.(*rbacv1.Role); ok {
			found[role.Name] = role
		}
	}
	return found
}

func TestHeadgateMayDoWhatARolloutNeeds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		role, group, resource string
		verbs                 []string
		reason                string
	}{
		{"headgate", "apps", "deployments", []string{"get", "create", "patch", "delete"}, "the candidate"},
		{"headgate", "", "pods/log", []string{"get"}, "why a candidate crashes"},
		{"headgate", "", "pods/proxy", []string{"get"}, "the proxies' counters"},
		{"headgate", "", "configmaps", []string{"get", "create", "update", "patch", "delete"}, "the Journal"},
		{"headgate", "coordination.k8s.io", "leases", []string{"get", "create", "update", "delete"}, "one driver at a time"},
		{"headgate", "networking.istio.io", "virtualservices", []string{"get", "list", "patch"}, "weights"},
		{"headgate", "networking.istio.io", "destinationrules", []string{"get", "list", "patch"}, "subsets"},
		{"headgate-watchdog", "batch", "jobs", []string{"get", "list", "create", "patch", "delete"}, "the watchdog's Job"},
		{"headgate-watchdog", "", "serviceaccounts", []string{"create"}, "the watchdog's account"},
		{"headgate-watchdog", "rbac.authorization.k8s.io", "roles", []string{"create"}, "the account's rights"},
		{"headgate-watchdog", "rbac.authorization.k8s.io", "rolebindings", []string{"create"}, "the account's rights"},
		{"headgate-deploy", "apps", "deployments", []string{"get", "create", "patch"}, "apply and diff"},
		{"headgate-deploy", "networking.istio.io", "gateways", []string{"get", "list", "create", "patch"}, "apply and analyze"},
		{"headgate-deploy", "security.istio.io", "authorizationpolicies", []string{"get", "create", "patch"}, "apply"},
		{"headgate-deploy", "", "events", []string{"list"}, "why something does not get ready"},
		{"headgate-gateway", "", "pods", []string{"get", "list"}, "to find the gateway"},
		{"headgate-gateway", "", "pods/proxy", []string{"get"}, "to read the gateway"},
	}
	all := roles(t)
	for _, tt := range tests {
		for _, verb := range tt.verbs {
			if !allows(all[tt.role], tt.group, tt.resource, verb) {
				t.Errorf("%s may not %s %s/%s (%s)", tt.role, verb, tt.group, tt.resource, tt.reason)
			}
		}
	}
}

func TestHeadgateMayDoNothingElse(t *testing.T) {
	t.Parallel()
	for _, role := range roles(t) {
		for _, rule := range role.Rules {
			for _, field := range [][]string{rule.APIGroups, rule.Resources, rule.Verbs} {
				if slices.Contains(field, "*") {
					t.Errorf("Role %s: a wildcard: %v", role.Name, rule)
				}
			}
		}
		if allows(role, "", "secrets", "list") || allows(role, "", "secrets", "watch") {
			t.Errorf("Role %s can read all Secrets of the namespace", role.Name)
		}
		for _, verb := range []string{"bind", "escalate", "update", "patch"} {
			if allows(role, "rbac.authorization.k8s.io", "roles", verb) || allows(role, "rbac.authorization.k8s.io", "rolebindings", verb) {
				t.Errorf("Role %s could give itself more rights (%s)", role.Name, verb)
			}
		}
		for _, resource := range []string{"virtualservices", "destinationrules"} {
			if allows(role, "networking.istio.io", resource, "delete") || allows(role, "networking.istio.io", resource, "update") {
				t.Errorf("Role %s could replace or delete the user's %s", role.Name, resource)
			}
		}
	}
}

func TestBindingsLeadToRolesAndAccount(t *testing.T) {
	t.Parallel()
	all, bound := roles(t), 0
	for _, o := range granted(t) {
		binding, ok := o.(*rbacv1.RoleBinding)
		if !ok {
			continue
		}
		bound++
		role := all[binding.RoleRef.Name]
		if role == nil || role.Namespace != binding.Namespace {
			t.Errorf("RoleBinding %s/%s: no such Role in its namespace", binding.Namespace, binding.Name)
		}
		if s := binding.Subjects[0]; s.Name != "headgate" || s.Namespace != "demo" {
			t.Errorf("RoleBinding %s/%s is for %s/%s", binding.Namespace, binding.Name, s.Namespace, s.Name)
		}
	}
	if bound != len(all) {
		t.Errorf("%d of %d Roles are bound", bound, len(all))
	}
}

// What the program prints is what the folder holds, and what it prints for
// another namespace is the same there.
func TestThePrintedRolesAreThoseOfTheFolder(t *testing.T) {
	t.Parallel()
	all := Roles{Namespace: "demo", Gateway: "istio-system", Watchdog: true, Deploy: true}
	want := describe(t, granted(t))
	if got := printed(t, all); !slices.Equal(got, want) {
		t.Errorf("printed are\n%s\nthe folder has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	all.Namespace, all.Gateway = "shop", "ingress"
	for i := range want {
		want[i] = strings.NewReplacer(`"demo"`, `"shop"`, `"istio-system"`, `"ingress"`, `"headgate-demo"`, `"headgate-shop"`).Replace(want[i])
	}
	slices.Sort(want)
	if got := printed(t, all); !slices.Equal(got, want) {
		t.Errorf("elsewhere, printed are\n%s\nwanted are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if few := printed(t, Roles{Namespace: "demo", Gateway: "istio-system"}); strings.Contains(strings.Join(few, ""), "headgate-watchdog") || strings.Contains(strings.Join(few, ""), "headgate-deploy") {
		t.Errorf("what nobody asked for: %v", few)
	}
}

func printed(t *testing.T, r Roles) []string {
	t.Helper()
	text, err := r.YAML()
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t, "the printed Roles", text)
	return describe(t, all)
}

// describe is objects in an order of their own.
func describe(t *testing.T, all []runtime.Object) []string {
	t.Helper()
	var out []string
	for _, o := range all {
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	slices.Sort(out)
	return out
}
