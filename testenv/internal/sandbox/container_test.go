package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { sandboxtest.Main(m) }

var (
	node     = netip.MustParseAddr("10.244.0.1")
	services = netip.MustParsePrefix("10.96.0.0/16")
)

// shell is a container that runs a script with the host's shell.
func shell(t *testing.T, script string) sandbox.Spec {
	t.Helper()
	return sandbox.Spec{
		Root: t.TempDir(),
		Argv: []string{"sh", "-c", script},
		Env:  []string{"PATH=/usr/bin:/bin"},
	}
}

// run starts a container without a network of its own and returns its output.
func run(t *testing.T, spec sandbox.Spec) (string, sandbox.Exit) {
	t.Helper()
	var out bytes.Buffer
	p, err := sandbox.Start(new(sandbox.Network), spec, sandbox.Stdio{Out: &out, Err: &out})
	if err != nil {
		t.Fatal(err)
	}
	exit := p.Exit()
	return strings.TrimSpace(out.String()), exit
}

func TestContainerSeesOnlyItsOwn(t *testing.T) {
	sandboxtest.Need(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ script, want string }{
		"host files are out of sight":      {"ls " + secret + " 2>/dev/null || echo none", "none"},
		"it is the first of its processes": {"echo $$", "1"},
		"environment is not inherited":     {"echo [$HOME]", "[]"},
		"devices work":                     {"head -c 3 /dev/zero | wc -c; echo x > /dev/null", "3"},
		"standard output opens by name":    {"echo hello > /dev/stdout", "hello"},
		"temporary files can be written":   {"echo a > /tmp/x && cat /tmp/x", "a"},
		"system folders are read-only":     {"touch /usr/bin/x 2>/dev/null || echo refused", "refused"},
		"host name is its own":             {"cat /proc/sys/kernel/hostname", "pod-a"},
		"generated files are there":        {"cat /etc/hosts", "127.0.0.1 here"},
		"working directory is made":        {"pwd", "/srv/data"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := shell(t, tt.script)
			spec.Hostname = "pod-a"
			spec.Files = map[string]string{"/etc/hosts": "127.0.0.1 here\n"}
			spec.Dir = "/srv/data"
			if !sandboxtest.Rootless() {
				spec.User = &sandbox.User{UID: 1000, GID: 1000}
			}
			if got, exit := run(t, spec); got != tt.want || exit.Code != 0 {
				t.Errorf("output %q, exit %+v; want %q", got, exit, tt.want)
			}
		})
	}
}

func TestVolumesAppearWhereMounted(t *testing.T) {
	sandboxtest.Need(t)
	outer, inner, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "f")
	for path, text := range map[string]string{outer + "/o": "outer", inner + "/i": "inner", file: "file"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spec := shell(t, "cat /v/o /v/in/i /usr/local/bin/tool; echo; touch /v/x 2>/dev/null || echo outer refused; touch /v/in/x && echo inner written; touch /x 2>/dev/null || echo root refused")
	spec.ReadOnlyRoot = true
	spec.Mounts = []sandbox.Mount{
		{Source: inner, Target: "/v/in"},
		{Source: outer, Target: "/v", ReadOnly: true},
		{Source: file, Target: "/usr/local/bin/tool", ReadOnly: true, Foreign: true},
	}
	got, _ := run(t, spec)
	want := "outerinnerfile\nouter refused\ninner written\nroot refused"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStartErrorsSayWhy(t *testing.T) {
	sandboxtest.Need(t)
	tests := map[string]struct {
		change func(*sandbox.Spec)
		want   string
	}{
		"unknown command":      {func(s *sandbox.Spec) { s.Argv = []string{"no-such-tool"} }, "executable file not found"},
		"unknown path":         {func(s *sandbox.Spec) { s.Argv = []string{"/no/such"} }, "no such file"},
		"no command":           {func(s *sandbox.Spec) { s.Argv = nil }, "no command"},
		"mount source missing": {func(s *sandbox.Spec) { s.Mounts = []sandbox.Mount{{Source: "/no/such", Target: "/x"}} }, "mount /x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := shell(t, "true")
			tt.change(&spec)
			_, err := sandbox.Start(new(sandbox.Network), spec, sandbox.Stdio{})
			var start *sandbox.StartError
			if !errors.As(err, &start) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a StartError with %q", err, tt.want)
			}
		})
	}
}

func TestExitTellsCodeAndSignal(t *testing.T) {
	sandboxtest.Need(t)
	if _, exit := run(t, shell(t, "exit 7")); exit != (sandbox.Exit{Code: 7}) {
		t.Errorf("exit 7: got %+v", exit)
	}
	p, err := sandbox.Start(new(sandbox.Network), shell(t, "sleep 1000 & sleep 1000"), sandbox.Stdio{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := p.Exit(); exit != (sandbox.Exit{Code: 137, Signal: 9}) {
		t.Errorf("killed: got %+v", exit)
	}
}

func TestTerminateReachesTheCommand(t *testing.T) {
	sandboxtest.Need(t)
	var out bytes.Buffer
	ready := make(chan struct{})
	spec := shell(t, "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done")
	p, err := sandbox.Start(new(sandbox.Network), spec, sandbox.Stdio{Out: &watch{want: "up", seen: ready, Writer: &out}})
	if err != nil {
		t.Fatal(err)
	}
	<-ready
	if err := p.Terminate(); err != nil {
		t.Fatal(err)
	}
	if exit := p.Exit(); exit.Code != 3 || !strings.Contains(out.String(), "bye") {
		t.Errorf("exit %+v, output %q", exit, out.String())
	}
}

func TestExecRunsInsideTheContainer(t *testing.T) {
	sandboxtest.Need(t)
	spec := shell(t, "echo mark > /tmp/mark; echo up; sleep 1000")
	spec.Env = append(spec.Env, "COLOR=blue")
	ready := make(chan struct{})
	p, err := sandbox.Start(new(sandbox.Network), spec, sandbox.Stdio{Out: &watch{want: "up", seen: ready, Writer: &bytes.Buffer{}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	<-ready
	var out bytes.Buffer
	argv := []string{"sh", "-c", "cat /tmp/mark; echo $COLOR; read x; echo $x; exit 4"}
	exit, err := p.Exec(context.Background(), argv, sandbox.Stdio{In: strings.NewReader("typed\n"), Out: &out})
	if err != nil || exit.Code != 4 || out.String() != "mark\nblue\ntyped\n" {
		t.Errorf("exit %+v, output %q, error %v", exit, out.String(), err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Exec(ctx, []string{"sleep", "1000"}, sandbox.Stdio{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command that takes too long: got %v", err)
	}
}
