package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
)

func rootless() bool { return sandboxtest.Rootless() }

// load puts an image into the cluster.
func (c *cluster) load(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.images, name+".json")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
}

// exec runs a command as "kubectl exec" does: its output and exit code.
func (c *cluster) exec(t *testing.T, ns, pod, container string, argv ...string) (string, int) {
	t.Helper()
	request := c.CoreV1().RESTClient().Post().Resource("pods").Namespace(ns).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: argv, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(c.rest, http.MethodGet, request.URL().String())
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	err = executor.StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdout: &out, Stderr: &errs})
	var code exec.CodeExitError
	switch {
	case errors.As(err, &code):
		return out.String() + errs.String(), code.Code
	case err != nil:
		return err.Error(), -1
	}
	return out.String() + errs.String(), 0
}

func TestExecThroughTheAPIServer(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("box", shell("sleep 1000")))
	c.ready(t, ns, "box")
	if out, code := c.exec(t, ns, "box", "app", "sh", "-c", "echo $HOSTNAME; exit 6"); out != "box\n" || code != 6 {
		t.Errorf("got %q, exit code %d", out, code)
	}
	if out, code := c.exec(t, ns, "box", "app", "no-such-command"); code == 0 || !strings.Contains(out, "no-such-command") {
		t.Errorf("unknown command: got %q, exit code %d", out, code)
	}
}

func TestPortForward(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	app := server()
	app.Env = append(app.Env, corev1.EnvVar{Name: "LISTEN", Value: "127.0.0.1:8080"})
	app.ReadinessProbe = nil
	c.create(t, ns, named("inner", app))
	c.logs(t, ns, "inner", "listening", &corev1.PodLogOptions{})
	transport, upgrader, err := spdy.RoundTripperFor(c.rest)
	if err != nil {
		t.Fatal(err)
	}
	url := c.CoreV1().RESTClient().Post().Resource("pods").Namespace(ns).Name("inner").SubResource("portforward").URL()
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	stop, up := make(chan struct{}), make(chan struct{})
	forward, err := portforward.New(dialer, []string{"0:8080"}, stop, up, nil, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- forward.ForwardPorts() }()
	select {
	case <-up:
	case err := <-ended:
		t.Fatal(err)
	}
	ports, err := forward.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/name", ports[0].Local))
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		if body.String() != "inner" {
			t.Errorf("got %q", body.String())
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPodProxy(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("web", server()))
	c.ready(t, ns, "web")
	b, err := c.CoreV1().RESTClient().Get().Resource("pods").Namespace(ns).Name("web:8080").SubResource("proxy").Suffix("name").DoRaw(t.Context())
	if err != nil || string(b) != "web" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestLogsAreCutAsAsked(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("talk", shell("echo one; echo two; echo three; sleep 1000")))
	c.logs(t, ns, "talk", "three", &corev1.PodLogOptions{})
	two := int64(2)
	if got := c.logs(t, ns, "talk", "", &corev1.PodLogOptions{TailLines: &two}); got != "two\nthree\n" {
		t.Errorf("last lines: %q", got)
	}
	if got := c.logs(t, ns, "talk", "", &corev1.PodLogOptions{Timestamps: true}); !strings.Contains(got, "Z three") {
		t.Errorf("with times: %q", got)
	}
}
