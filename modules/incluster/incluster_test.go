package incluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

func TestMain(m *testing.M) { os.Exit(apiserver.Main(m)) }

// world is a namespace that enforces the strictest Pod Security Standard, with
// the controllers running.
type world struct {
	t       *testing.T
	config  *rest.Config
	client  dynamic.Interface
	typed   kubernetes.Interface
	ns      string
	journal *metav1.OwnerReference
}

func open(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		t.Skip("needs a Kubernetes API server; left out by -short")
	}
	server := apiserver.Shared(t).WithControllers(t)
	w := &world{t: t, config: server.Config, client: dynamic.NewForConfigOrDie(server.Config), typed: kubernetes.NewForConfigOrDie(server.Config), ns: server.Namespace(t)}
	restricted := `{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`
	if _, err := w.typed.CoreV1().Namespaces().Patch(t.Context(), w.ns, "application/merge-patch+json", []byte(restricted), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	cm, err := w.typed.CoreV1().ConfigMaps(w.ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "headgate-sample"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.journal = &metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: cm.Name, UID: cm.UID}
	return w
}

// spec is a watchdog that may read the Lease of its own Release.
func (w *world) spec() incluster.Spec {
	return incluster.Spec{
		Namespace: w.ns, Release: "sample", Duty: incluster.Watchdog, Image: "example/headgate:1.0.0", Args: []string{"watchdog", "sample"}, Owner: w.journal,
		Rules: []rbacv1.PolicyRule{{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, ResourceNames: []string{"headgate-sample"}, Verbs: []string{"get", "update"}}},
		Probe: 8086, Retries: 100, Keep: 30 * time.Second, Grace: time.Minute, Memory: incluster.Memory{Request: 16 << 20, Limit: 64 << 20},
	}
}

func (w *world) start(s incluster.Spec) *incluster.Job {
	w.t.Helper()
	j, err := incluster.Start(w.t.Context(), w.client, s)
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// kinds are what is there of a Job and what it owns.
func (w *world) kinds() []string {
	w.t.Helper()
	out := []string{}
	ctx, mine := context.WithoutCancel(w.t.Context()), metav1.ListOptions{LabelSelector: incluster.LabelJob}
	note := func(kind string, n int, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
		for range n {
			out = append(out, kind)
		}
	}
	jobs, err := w.typed.BatchV1().Jobs(w.ns).List(ctx, mine)
	note("Job", len(jobs.Items), err)
	pods, err := w.typed.CoreV1().Pods(w.ns).List(ctx, mine)
	note("Pod", len(pods.Items), err)
	accounts, err := w.typed.CoreV1().ServiceAccounts(w.ns).List(ctx, mine)
	note("ServiceAccount", len(accounts.Items), err)
	roles, err := w.typed.RbacV1().Roles(w.ns).List(ctx, mine)
	note("Role", len(roles.Items), err)
	bindings, err := w.typed.RbacV1().RoleBindings(w.ns).List(ctx, mine)
	note("RoleBinding", len(bindings.Items), err)
	maps, err := w.typed.CoreV1().ConfigMaps(w.ns).List(ctx, mine)
	note("ConfigMap", len(maps.Items), err)
	secrets, err := w.typed.CoreV1().Secrets(w.ns).List(ctx, mine)
	note("Secret", len(secrets.Items), err)
	return out
}

func (w *world) becomes(want ...string) {
	w.t.Helper()
	var got []string
	for range 300 {
		if got = w.kinds(); slices.Equal(got, want) {
			return
		}
		select {
		case <-w.t.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	w.t.Fatalf("there is %v; want %v", got, want)
}

func TestAWatchdogHasAnAccountOfItsOwnAndAllGoesWithTheJournal(t *testing.T) {
	w := open(t)
	w.start(w.spec())
	w.becomes("Job", "Pod", "ServiceAccount", "Role", "RoleBinding")
	if err := w.typed.CoreV1().ConfigMaps(w.ns).Delete(t.Context(), "headgate-sample", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.gone()
}

// gone waits until nothing is left. No kubelet runs here: the Pod's end is ours
// to tell.
func (w *world) gone() {
	w.t.Helper()
	zero := int64(0)
	for range 300 {
		pods, err := w.typed.CoreV1().Pods(w.ns).List(w.t.Context(), metav1.ListOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, pod := range pods.Items {
			if pod.DeletionTimestamp != nil {
				_ = w.typed.CoreV1().Pods(w.ns).Delete(w.t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero}) // it may be gone already
			}
		}
		if len(w.kinds()) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("there is still %v", w.kinds())
}

func TestRemovedWithAllItOwns(t *testing.T) {
	w := open(t)
	s := w.spec()
	s.Files, s.Env = map[string][]byte{"release.yaml": []byte("kind: Release")}, map[string]string{"TOKEN": "secret-value"}
	s.Confidential = true
	j := w.start(s)
	w.becomes("Job", "Pod", "ServiceAccount", "Role", "RoleBinding", "Secret")
	found, err := incluster.Find(t.Context(), w.client, w.ns, "sample", incluster.Watchdog)
	if err != nil || len(found) != 1 || found[0].Name != j.Name {
		t.Errorf("found %v, %v", found, err)
	}
	for range 2 { // the second time there is nothing to do
		if err := j.Remove(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.gone()
}

func TestTheAccountMayDoWhatItsRulesSay(t *testing.T) {
	w := open(t)
	j := w.start(w.spec())
	tests := []struct {
		reason, verb, resource, name string
		want                         bool
	}{
		{"its own Lease", "update", "leases", "headgate-sample", true},
		{"another Release's", "update", "leases", "headgate-other", false},
		{"no rule names it", "delete", "leases", "headgate-sample", false},
		{"nor this", "get", "secrets", "headgate-sample", false},
	}
	group := map[string]string{"leases": "coordination.k8s.io"}
	for _, tt := range tests {
		review, err := w.typed.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User:               fmt.Sprintf("system:serviceaccount:%s:%s", w.ns, j.Name),
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: w.ns, Verb: tt.verb, Group: group[tt.resource], Resource: tt.resource, Name: tt.name},
		}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if review.Status.Allowed != tt.want {
			t.Errorf("%s: may %s %s %s: %v", tt.reason, tt.verb, tt.resource, tt.name, review.Status.Allowed)
		}
	}
}

func TestNoSecretStandsInTheJob(t *testing.T) {
	w := open(t)
	s := w.spec()
	s.Account, s.Rules = "default", nil
	s.Env, s.Files, s.Confidential = map[string]string{"TOKEN": "secret-value"}, map[string][]byte{"release.yaml": []byte("secret-file")}, true
	j := w.start(s)
	job, err := w.typed.BatchV1().Jobs(w.ns).Get(t.Context(), j.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"secret-value", "secret-file"} {
		if strings.Contains(string(doc), word) {
			t.Errorf("%q is in the Job: %s", word, doc)
		}
	}
	w.becomes("Job", "Pod", "Secret")
}

func TestCheckWritesNothingAndSaysWhatIsMissing(t *testing.T) {
	w := open(t)
	if err := incluster.Check(t.Context(), w.client, w.spec()); err != nil {
		t.Errorf("all is well: %v", err)
	}
	missing := w.spec()
	missing.Account, missing.Rules = "robot", nil
	if err := incluster.Check(t.Context(), w.client, missing); err == nil || !strings.Contains(err.Error(), w.ns+"/robot") {
		t.Errorf("the account is not there: %v", err)
	}
	as := rest.CopyConfig(w.config)
	as.Impersonate = rest.ImpersonationConfig{UserName: "nobody", Groups: []string{"system:authenticated"}}
	if err := incluster.Check(t.Context(), dynamic.NewForConfigOrDie(as), w.spec()); err == nil || !strings.Contains(err.Error(), `cannot create resource "jobs"`) {
		t.Errorf("no right to create Jobs: %v", err)
	}
	if got := w.kinds(); len(got) > 0 {
		t.Errorf("written: %v", got)
	}
}

func TestTheUsersRightsLimitTheAccounts(t *testing.T) {
	w := open(t)
	rules := []rbacv1.PolicyRule{
		{APIGroups: []string{"batch"}, Resources: []string{"jobs"}, Verbs: []string{"create", "patch", "delete"}},
		{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, Verbs: []string{"create"}},
		{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"roles", "rolebindings"}, Verbs: []string{"create"}},
	}
	as := w.user("starter", rules)
	if err := incluster.Check(t.Context(), as, w.spec()); err == nil || !strings.Contains(err.Error(), "attempting to grant RBAC permissions not currently held") {
		t.Errorf("a right that the user has not got was given: %v", err)
	}
	if _, err := incluster.Start(t.Context(), as, w.spec()); err == nil {
		t.Error("it was started all the same")
	}
	w.becomes() // and what was made before is taken away
}

// user may do what the rules say.
func (w *world) user(name string, rules []rbacv1.PolicyRule) dynamic.Interface {
	w.t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.ns}, Rules: rules}
	if _, err := w.typed.RbacV1().Roles(w.ns).Create(w.t.Context(), role, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, Name: name, APIGroup: rbacv1.GroupName}}}
	if _, err := w.typed.RbacV1().RoleBindings(w.ns).Create(w.t.Context(), binding, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	apiserver.WaitForRights(w.t, w.typed, name, role)
	as := rest.CopyConfig(w.config)
	as.Impersonate = rest.ImpersonationConfig{UserName: name, Groups: []string{"system:authenticated"}}
	return dynamic.NewForConfigOrDie(as)
}

func TestWaitingSaysWhyNoPodRuns(t *testing.T) {
	w := open(t)
	j := w.start(w.spec())
	w.becomes("Job", "Pod", "ServiceAccount", "Role", "RoleBinding")
	pods, err := w.typed.CoreV1().Pods(w.ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := pods.Items[0]
	if pod.Labels["sidecar.istio.io/inject"] != "false" {
		t.Errorf("the mesh may give it a proxy: %v", pod.Labels)
	}
	tests := []struct {
		reason string
		state  corev1.ContainerStatus
		want   string
	}{
		{"the image is not there", corev1.ContainerStatus{State: waiting("ImagePullBackOff", "no such image")}, "ImagePullBackOff: no such image"},
		{"the program ends at once", corev1.ContainerStatus{State: waiting("CrashLoopBackOff", "back-off"), LastTerminationState: ended(80, "unknown command")}, "unknown command"},
		{"it runs and cannot see the Rollout", corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}, "kubectl logs"},
		{"all is well", corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, Ready: true}, ""},
	}
	for _, tt := range tests {
		tt.state.Name = "headgate"
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{tt.state}
		updated, err := w.typed.CoreV1().Pods(w.ns).UpdateStatus(t.Context(), &pod, metav1.UpdateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pod = *updated
		err = j.WaitReady(t.Context(), 500*time.Millisecond)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v", tt.reason, err)
		}
	}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func ended(code int32, message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: message}}
}

func TestAReleasesLongNameFits(t *testing.T) {
	w := open(t)
	s := w.spec()
	s.Release = strings.Repeat("long", 15) + "-ab"
	w.start(s)
	w.becomes("Job", "Pod", "ServiceAccount", "Role", "RoleBinding")
}
