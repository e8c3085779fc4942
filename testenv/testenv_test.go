package testenv_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv"
)

func TestDownLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	env := up(t, "down")
	pids := family(t, env.PID)
	if len(pids) < 8 {
		t.Fatalf("an environment of %d processes is no mesh", len(pids))
	}
	if err := env.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	if what := leftOver(env, pids); what != "" {
		t.Error(what)
	}
	for what, url := range map[string]string{"API server": env.APIServer, "gateway": env.Gateway, "Prometheus": env.Prometheus} {
		address := url[strings.LastIndex(url, "/")+1:]
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			t.Errorf("the port of the %s still takes connections", what)
		}
	}
	var missing *testenv.NotFoundError
	if _, err := testenv.Get(env.Name); !errors.As(err, &missing) {
		t.Errorf("it is still known: %v", err)
	}
}

func TestEnvironmentsAreIndependent(t *testing.T) {
	t.Parallel()
	one, two := sharedEnv(t), up(t, "second")
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "only-in-two"}}
	if _, err := client(t, two).CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, one).CoreV1().Namespaces().Get(t.Context(), ns.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a namespace of one is seen in the other: %v", err)
	}
	all, err := testenv.List()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, env := range all {
		found[env.Name] = env.Gateway
	}
	for _, env := range []*testenv.Env{one, two} {
		if found[env.Name] != env.Gateway {
			t.Errorf("%s is listed with gateway %q, not %q", env.Name, found[env.Name], env.Gateway)
		}
	}
}

func TestOneNameOneEnvironment(t *testing.T) {
	t.Parallel()
	env := sharedEnv(t)
	_, err := testenv.Up(t.Context(), testenv.Options{Name: env.Name})
	if err == nil || !strings.Contains(err.Error(), env.Name) || !strings.Contains(err.Error(), "headgate testenv down") {
		t.Errorf("the error does not say what to do: %v", err)
	}
	if status, _, err := get(t, env.Prometheus+"/-/ready", ""); err != nil || status != 200 {
		t.Errorf("the first one has suffered: status %d, %v", status, err)
	}
}

func TestInterruptedUpLeavesNoProcess(t *testing.T) {
	t.Parallel()
	needMesh(t)
	if _, err := shared(); err != nil { // what takes long has been built
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	reason := errors.New("Ctrl-C")
	_, err := testenv.Up(ctx, testenv.Options{Name: unique("interrupted"), Progress: func(p testenv.Progress) {
		if p.What == "starting the mesh" {
			interrupt(reason)
		}
	}})
	if !errors.Is(err, reason) {
		t.Fatalf("got %v, want the reason of the interruption", err)
	}
	var missing *testenv.NotFoundError
	if _, err := testenv.Get(unique("interrupted")); !errors.As(err, &missing) {
		t.Errorf("it is up: %v", err)
	}
}

func TestProgramsCanBeAway(t *testing.T) {
	t.Parallel()
	env := up(t, "away")
	if err := env.Stop(t.Context(), "prometheus"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := get(t, env.Prometheus+"/-/ready", ""); err == nil {
		t.Error("Prometheus answers, though it was stopped")
	}
	if err := env.Start(t.Context(), "prometheus"); err != nil {
		t.Fatal(err)
	}
	if status, _, err := get(t, env.Prometheus+"/-/ready", ""); err != nil || status != 200 {
		t.Errorf("Prometheus is not back: status %d, %v", status, err)
	}
	err := env.Stop(t.Context(), "kubelet")
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver") {
		t.Errorf("the error does not name the programs there are: %v", err)
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	for reason, name := range map[string]string{
		"a way out of the folder": "../other", "capital letters": "Demo", "too long": strings.Repeat("a", 41), "a dash at its end": "a-",
	} {
		if _, err := testenv.Get(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", reason, err)
		}
	}
	var missing *testenv.NotFoundError
	if _, err := testenv.Get("never-there"); !errors.As(err, &missing) || !strings.Contains(err.Error(), "headgate testenv up --name never-there") {
		t.Errorf("got %v", err)
	}
}
