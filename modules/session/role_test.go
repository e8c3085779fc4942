package session_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

// permission is one verb of one rule.
type permission struct{ group, resource, verb string }

// elsewhere are permissions that this test's rollout has no use for, with who has.
var elsewhere = map[permission]string{
	{"", "pods/proxy", "get"}:    "the proxies' own counters; this one asks a Prometheus",
	{"", "services", "create"}:   "routes by host: a Service of the candidate's own",
	{"", "services", "delete"}:   "routes by host",
	{"", "configmaps", "patch"}:  "a rollout from manifests: TestEachVerbThatManifestsMissIsNamed",
	{"", "configmaps", "delete"}: "a rollout from manifests",
	{"", "secrets", "get"}:       "a rollout from manifests",
	{"", "secrets", "create"}:    "a rollout from manifests",
	{"", "secrets", "patch"}:     "a rollout from manifests",
	{"", "secrets", "delete"}:    "a rollout from manifests",
}

// shippedRole is k8s/rbac's, for the namespace that is rolled out in.
func shippedRole(t *testing.T) *rbacv1.Role {
	t.Helper()
	objects, err := demo.Objects("rbac")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.GetKind() != "Role" || o.GetName() != "headgate" {
			continue
		}
		role := &rbacv1.Role{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, role); err != nil {
			t.Fatal(err)
		}
		return role
	}
	t.Fatal("k8s/rbac has no Role headgate")
	return nil
}

func permissions(role *rbacv1.Role) []permission {
	var out []permission
	for _, r := range role.Rules {
		for _, resource := range r.Resources {
			for _, verb := range r.Verbs {
				out = append(out, permission{r.APIGroups[0], resource, verb})
			}
		}
	}
	return out
}

// TestEachMissingVerbIsNamed takes each verb of the shipped Role away in turn: a
// rollout is then refused with a message that names it, or goes on with a
// warning that says what it cannot do. A verb that nothing misses should not be
// in the Role.
func TestEachMissingVerbIsNamed(t *testing.T) {
	t.Parallel()
	admin, client := shop(t)
	kube, err := kubernetes.NewForConfig(admin.Config)
	if err != nil {
		t.Fatal(err)
	}
	prometheus := noTraffic(t)
	all := permissions(shippedRole(t))
	plan := func(without permission) string { return plan(t, kube, admin, prometheus, all, without, nil) }
	whole := strings.Split(plan(permission{}), "\n")
	before := versions(t, client, admin.Namespace)
	for _, p := range all {
		if _, ok := elsewhere[p]; ok {
			continue
		}
		said := beyond(whole, plan(p))
		if !strings.Contains(strings.ToLower(said), strings.TrimSuffix(p.resource, "s")) || !names(said, p.verb) {
			t.Errorf("without %q: the user is told: %s", p, said)
		}
	}
	after := versions(t, client, admin.Namespace)
	maps.DeleteFunc(after, func(name, _ string) bool { return strings.HasPrefix(name, "role") })
	maps.DeleteFunc(before, func(name, _ string) bool { return strings.HasPrefix(name, "role") })
	if !maps.Equal(before, after) {
		t.Errorf("something was written: %v, before %v", after, before)
	}
}

// beyond are the lines of a message that are said for want of a permission only.
func beyond(whole []string, said string) string {
	lines := slices.DeleteFunc(strings.Split(said, "\n"), func(line string) bool { return slices.Contains(whole, line) })
	return strings.Join(lines, "\n")
}

// noTraffic is a Prometheus that has counted nothing.
func noTraffic(t *testing.T) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// names says that a message is about a verb: by name, or, for what is only read
// where that is allowed, that it could not be read.
func names(said, verb string) bool {
	if strings.Contains(said, verb+" ") || strings.Contains(said, "cannot "+verb) {
		return true
	}
	return slices.Contains([]string{"get", "list"}, verb) && strings.Contains(said, "could not be read")
}

// plan is what a user without one permission is told by a plan; a refusal begins
// with refusal.
func plan(t *testing.T, kube kubernetes.Interface, admin *cluster.Cluster, prometheus string, all []permission, without permission, manifests []string) string {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "some", Namespace: admin.Namespace}}
	for _, p := range all {
		if p != without {
			role.Rules = append(role.Rules, rbacv1.PolicyRule{APIGroups: []string{p.group}, Resources: []string{p.resource}, Verbs: []string{p.verb}})
		}
	}
	user := bind(t, kube, role)
	cfg := rest.CopyConfig(admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: user}
	cl, _ := connect(t, cfg, admin.Namespace)
	s, err := session.Open(t.Context(), cl, wanted(t, admin.Namespace, func(r *release.Release) {
		r.Spec.Metrics = release.Metrics{Source: release.SourcePrometheus, Prometheus: &release.Prometheus{URL: prometheus}}
		if manifests != nil {
			r.Spec.Candidate.Image, r.Spec.Candidate.Manifests = "", manifests
		}
	}))
	if err != nil {
		return refusal + err.Error()
	}
	p, err := s.Plan(t.Context())
	if err != nil {
		return refusal + err.Error()
	}
	return strings.Join(append(p.Warnings, p.Workload.Warnings...), "\n") + "\n" + p.Source
}

const refusal = "refused: "

// bind gives the Role to a user of its own, since the API server takes a moment
// to see changes of a Role.
func bind(t *testing.T, kube kubernetes.Interface, role *rbacv1.Role) (user string) {
	t.Helper()
	role.Name, role.GenerateName = "", "some-"
	made, err := kube.RbacV1().Roles(role.Namespace).Create(t.Context(), role, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: made.Name, Namespace: made.Namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: made.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: made.Name}},
	}
	if _, err := kube.RbacV1().RoleBindings(role.Namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	apiserver.WaitForRights(t, kube, made.Name, made)
	return made.Name
}
