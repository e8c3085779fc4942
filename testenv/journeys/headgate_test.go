package journeys_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// released is a Release file's text. The limit for latency is far from what the
// sample does even on a busy machine; the journey of a slow version has its own.
// The sample's errors come one by one, which the Release says, so that a journey
// need not wait until it is measured.
const released = `apiVersion: headgate.dev/v1
kind: Release
metadata:
  name: sample
  namespace: %s
spec:
  candidate:
    image: headgate/sample:%s
  strategy:
    canary:
      steps: %s
      min: 2s
      max: %s
      interval: 1s
  gates:
  - errors: {max: 1%%}
  - latency: {quantile: %s, max: %s}
  decision: {cluster: 1}
  timeouts: {ready: 40s, route: 20s, drain: 10s}
`

// asked is what a journey rolls out.
type asked struct {
	tag      string
	steps    string // [1, 5, 25, 50, 100] when empty
	max      string // 90s when empty
	slow     string // limit of half the requests' latency; none when empty
	extra    string // added to the file's spec
	server   string // another address of the API server
	replicas int    // of the candidate; by the weight when 0
}

// process is a run of the program under test.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout bytes.Buffer
	mu     sync.Mutex
	stderr bytes.Buffer
	done   chan struct{}
	// began is called when the process has begun; nil for nothing.
	began func()
}

// Write keeps the progress lines.
func (p *process) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(data)
}

func (p *process) progress() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// file writes the Release.
func (s *shop) file(a asked) string {
	s.t.Helper()
	return s.written(s.text(a))
}

// text is the Release.
func (s *shop) text(a asked) string {
	if a.steps == "" {
		a.steps = "[1, 5, 25, 50, 100]"
	}
	if a.max == "" {
		a.max = "90s"
	}
	quantile, limit := "99%", "5s"
	if a.slow != "" {
		quantile, limit = "50%", a.slow
	}
	text := fmt.Sprintf(released, s.ns, a.tag, a.steps, a.max, quantile, limit) + a.extra
	if a.replicas > 0 {
		text = strings.Replace(text, "  strategy:", fmt.Sprintf("    replicas: %d\n  strategy:", a.replicas), 1)
	}
	return text
}

// written is a file of that text.
func (s *shop) written(text string) string {
	s.t.Helper()
	name := filepath.Join(s.t.TempDir(), "headgate.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return name
}

// start runs `headgate run` in the background.
func (s *shop) start(a asked) *process {
	s.t.Helper()
	args := []string{"run", "-f", s.file(a), "-o", "json"}
	if a.server != "" {
		args = append(args, "--server", a.server)
	}
	return s.command(args...)
}

// command runs the program with the mesh's kubeconfig.
func (s *shop) command(args ...string) *process {
	s.t.Helper()
	p := s.prepared(args...)
	p.begin()
	return p
}

// prepared is command before it has begun.
func (s *shop) prepared(args ...string) *process {
	p := &process{t: s.t, done: make(chan struct{})}
	p.cmd = exec.Command(cmp.Or(s.program, mesh.headgate), args...) // ended by Cleanup
	p.cmd.Env = append(os.Environ(), "KUBECONFIG="+mesh.env.Kubeconfig)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, p
	return p
}

func (p *process) begin() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	if p.began != nil {
		p.began()
	}
	go func() {
		_ = p.cmd.Wait() // the exit code is in ProcessState
		close(p.done)
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended, or the test has failed
		<-p.done
		if p.t.Failed() {
			p.t.Logf("%s:\n%s\n%s", strings.Join(p.cmd.Args, " "), p.progress(), p.stdout.String())
		}
	})
}

// wait returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("headgate still runs after %s", patience)
		return -1
	}
}

// result waits for the end and reads the document on standard output.
func (p *process) result() (report.Result, int) {
	p.t.Helper()
	code := p.wait()
	var res report.Result
	if err := json.Unmarshal(p.stdout.Bytes(), &res); err != nil {
		p.t.Fatalf("exit code %d and no result: %v", code, err)
	}
	return res, code
}

// ended fails unless the rollout ended as it should.
func (p *process) ended(want report.Verdict, reason string) report.Result {
	p.t.Helper()
	res, code := p.result()
	if res.Verdict != want || !strings.Contains(res.Reason, reason) {
		p.t.Errorf("%s because %q; want %s because %q", res.Verdict, res.Reason, want, reason)
	}
	if code != want.ExitCode() {
		p.t.Errorf("exit code %d, want %d", code, want.ExitCode())
	}
	return res
}

// reaches waits until the progress says something.
func (p *process) reaches(text string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for !strings.Contains(p.progress(), text) {
		select {
		case <-p.done:
			if !strings.Contains(p.progress(), text) {
				p.t.Fatalf("headgate ended before it said %q", text)
			}
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("not within %s: %q", patience, text)
		}
	}
}
