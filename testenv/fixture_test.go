package testenv_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

// needMesh skips a test, by name and with the reason, where no mesh can be.
func needMesh(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a mesh; left out by -short")
	}
	if err := testenv.Check(); err != nil {
		t.Skip(err)
	}
}

// up brings an environment of the test's own up, owned by the test process.
func up(t *testing.T, name string) *testenv.Env {
	t.Helper()
	needMesh(t)
	env, err := testenv.Up(t.Context(), testenv.Options{Name: unique(name), Owned: true, Progress: tell.Progress()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return env
}

// shared is an environment for the tests that leave it as they found it.
var shared = sync.OnceValues(func() (*testenv.Env, error) {
	return testenv.Up(context.Background(), testenv.Options{Name: unique("shared"), Owned: true, Progress: tell.Progress()})
})

func sharedEnv(t *testing.T) *testenv.Env {
	t.Helper()
	needMesh(t)
	env, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// unique keeps test runs on one machine apart.
func unique(name string) string { return fmt.Sprintf("test-%s-%d", name, os.Getpid()) }

func client(t *testing.T, env *testenv.Env) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", env.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eventually waits until a condition holds; the condition says what is missing.
func eventually(t *testing.T, missing func() string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		what := missing()
		if what == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// get asks for a page of a host through the gateway.
func get(t *testing.T, url, host string) (status int, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// family are a process and all below it that run now.
func family(t *testing.T, pid int) []int {
	t.Helper()
	all := []int{pid}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tasks {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(data)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, family(t, child)...)
		}
	}
	return all
}

// leftOver says what is left of an environment.
func leftOver(env *testenv.Env, pids []int) string {
	for _, pid := range pids {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && len(name) > 0 { // one without has ended, and is about to be reaped
			return fmt.Sprintf("process %d is left: %s", pid, strings.ReplaceAll(string(name), "\x00", " "))
		}
	}
	if _, err := os.Stat(env.Dir); err == nil {
		return "folder " + env.Dir + " is left"
	}
	return ""
}
