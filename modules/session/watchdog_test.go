package session_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
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

// asHeadgate connects as a ServiceAccount with the Roles of these folders of
// k8s/, as far as they are of the Release's namespace.
func asHeadgate(t *testing.T, admin *cluster.Cluster, folders ...string) *cluster.Cluster {
	t.Helper()
	typed := kubernetes.NewForConfigOrDie(admin.Config)
	const account = "headgate"
	for _, folder := range folders {
		objects, err := demo.Objects(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if o.GetKind() != "Role" || o.GetNamespace() != demo.Namespace {
				continue
			}
			role := &rbacv1.Role{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, role); err != nil {
				t.Fatal(err)
			}
			role.Namespace = admin.Namespace
			if _, err := typed.RbacV1().Roles(admin.Namespace).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role.Name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
				Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: admin.Namespace}}}
			if _, err := typed.RbacV1().RoleBindings(admin.Namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			apiserver.WaitForRights(t, typed, "system:serviceaccount:"+admin.Namespace+":"+account, role)
		}
	}
	cfg := rest.CopyConfig(admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + admin.Namespace + ":" + account, Groups: []string{"system:serviceaccounts", "system:authenticated"}}
	c, _ := connect(t, cfg, admin.Namespace)
	return c
}

func withWatchdog(edit func(*release.Watchdog)) func(*release.Release) {
	return func(r *release.Release) {
		w := &release.Watchdog{Image: "example/headgate:1.0.0"}
		w.After.Duration = 30 * time.Second
		if edit != nil {
			edit(w)
		}
		r.Spec.Watchdog = w
	}
}

func TestAWatchdogThatCannotBeIsToldBeforehand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		folders []string // Roles of k8s/ that the caller has
		edit    func(*release.Watchdog)
		want    []string // parts of the message; NS stands for the namespace
	}{
		{"no right to create Jobs", []string{"rbac"}, nil,
			[]string{"create jobs.batch in namespace NS", "create serviceaccounts in namespace NS", "create roles.rbac.authorization.k8s.io", "headgate rbac --watchdog"}},
		{"the account that is named does not exist", []string{"rbac", "rbac/watchdog"}, func(w *release.Watchdog) { w.ServiceAccount = "robot" },
			[]string{"NS/robot does not exist"}},
		{"no image is known", []string{"rbac", "rbac/watchdog"}, func(w *release.Watchdog) { w.Image = "" },
			[]string{"spec.watchdog.image", "--headgate-image"}},
		{"with all Roles the next obstacle is another", []string{"rbac", "rbac/watchdog"}, nil,
			[]string{"istio-injection"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			admin, client := shop(t)
			c := asHeadgate(t, admin, tt.folders...)
			before := versions(t, client, admin.Namespace)
			_, err := attempt(t.Context(), c, wanted(t, admin.Namespace, withWatchdog(tt.edit)))
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, part := range tt.want {
				if part = strings.ReplaceAll(part, "NS", admin.Namespace); !strings.Contains(err.Error(), part) {
					t.Errorf("the message lacks %q: %v", part, err)
				}
			}
			if after := versions(t, client, admin.Namespace); !maps.Equal(before, after) {
				t.Errorf("something was written:\nbefore %v\nafter  %v", before, after)
			}
		})
	}
}

func TestARolloutInTheClusterNeedsToBePossible(t *testing.T) {
	t.Parallel()
	admin, client := shop(t)
	rel := wanted(t, admin.Namespace, nil)
	tests := []struct {
		name    string
		cluster *cluster.Cluster
		options session.RemoteOptions
		want    string
	}{
		{"no image is known", admin, session.RemoteOptions{Account: "default"}, "--headgate-image"},
		{"no such account", admin, session.RemoteOptions{Image: "example/headgate:1.0.0", Account: "robot"}, admin.Namespace + "/robot does not exist"},
		{"no right to create Jobs", asHeadgate(t, admin, "rbac"), session.RemoteOptions{Image: "example/headgate:1.0.0", Account: "default"}, "create jobs.batch in namespace " + admin.Namespace},
	}
	before := versions(t, client, admin.Namespace)
	for _, tt := range tests {
		tt.options.Getenv = func(string) string { return "" }
		_, err := session.StartRemote(t.Context(), tt.cluster, rel, tt.options)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	if after := versions(t, client, admin.Namespace); !maps.Equal(before, after) {
		t.Error("something was written")
	}
}

func TestAReleaseTravelsWithAllThatItNames(t *testing.T) {
	t.Parallel()
	admin, _ := shop(t)
	rel := wanted(t, admin.Namespace, func(r *release.Release) {
		r.Spec.Metrics = release.Metrics{Source: release.SourcePrometheus, Prometheus: &release.Prometheus{URL: "https://prometheus.example.com", PasswordFrom: "PASSWORD", UserFrom: "NAME"}}
	})
	typed := kubernetes.NewForConfigOrDie(admin.Config)
	robot := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}
	if _, err := typed.CoreV1().ServiceAccounts(admin.Namespace).Create(t.Context(), robot, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	remote, err := session.StartRemote(t.Context(), admin, rel, session.RemoteOptions{Image: "example/headgate:1.0.0", Account: "robot", Getenv: func(name string) string {
		return map[string]string{"PASSWORD": "open-sesame"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := typed.CoreV1().Secrets(admin.Namespace).Get(t.Context(), remote.Job(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(secret.Data["env.PASSWORD"]); got != "open-sesame" || len(secret.Data["env.NAME"]) > 0 {
		t.Errorf("settings: %q", secret.Data)
	}
	packed, err := release.Decode("release.yaml", secret.Data["file.release.yaml"])
	if err != nil {
		t.Fatalf("the packed Release cannot be read: %v", err)
	}
	if packed.Spec.Candidate.Image != rel.Spec.Candidate.Image || packed.Metadata.Namespace != admin.Namespace {
		t.Errorf("packed: %+v", packed)
	}
	if err := remote.Remove(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}
