package proc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/proc"
)

func shell(name, script string) proc.Command {
	return proc.Command{Name: name, Argv: []string{"/bin/sh", "-c", script}}
}

// wait is for what must come, however slow the machine.
func wait(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestProgramThatEndsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	g := proc.NewGroup(t.TempDir())
	c := shell("server", "echo no such flag; exit 3")
	c.Ready = "http://127.0.0.1:1/"
	if err := g.Start(c); err != nil {
		t.Fatal(err)
	}
	err := g.WaitReady(wait(t), "server")
	for _, part := range []string{"server", "exit status 3", "no such flag", "server.log"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}
}

func TestProgramThatIsNotReadyInTime(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "still loading", http.StatusServiceUnavailable)
	}))
	defer page.Close()
	g := proc.NewGroup(t.TempDir())
	defer g.Stop(0)
	c := shell("server", "exec sleep 600")
	c.Ready = page.URL
	if err := g.Start(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for asked.Load() < 3 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	err := g.WaitReady(ctx, "server")
	if err == nil || !strings.Contains(err.Error(), "server is not ready") {
		t.Errorf("got %v", err)
	}
}

func TestReadyOnceItAnswers(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer page.Close()
	g := proc.NewGroup(t.TempDir())
	defer g.Stop(0)
	c := shell("server", "exec sleep 600")
	c.Ready = page.URL
	if err := g.Start(c); err != nil {
		t.Fatal(err)
	}
	if err := g.WaitReady(wait(t), "server"); err != nil || asked.Load() != 3 {
		t.Errorf("after %d questions: %v", asked.Load(), err)
	}
}

func TestStopMakesTheStubbornEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := proc.NewGroup(dir)
	if err := g.Start(shell("stubborn", "trap '' TERM; echo $$; while :; do sleep 1; done")); err != nil {
		t.Fatal(err)
	}
	pid := firstLine(t, filepath.Join(dir, "stubborn.log"))
	g.Stop(time.Millisecond)
	if _, err := os.Stat("/proc/" + pid); err == nil {
		t.Errorf("process %s still runs", pid)
	}
}

func TestProgramThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := proc.NewGroup(dir)
	defer g.Stop(0)
	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	c := shell("mortal", "echo $$; exec sleep 600")
	c.Ready = page.URL
	if err := g.Start(c); err != nil {
		t.Fatal(err)
	}
	deaths := make(chan error, 8)
	g.Revive(t.Context(), func(err error) { deaths <- err })
	first, err := strconv.Atoi(firstLine(t, filepath.Join(dir, "mortal.log")))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-deaths; !strings.Contains(err.Error(), "mortal") {
		t.Errorf("the death is told as %v", err)
	}
	for ctx := wait(t); lines(t, filepath.Join(dir, "mortal.log")) < 2; {
		if ctx.Err() != nil {
			t.Fatal("it was not started again")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestProgramThatWasStoppedStaysStopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := proc.NewGroup(dir)
	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	c := shell("tired", "echo $$; exec sleep 600")
	c.Ready = page.URL
	if err := g.Start(c); err != nil {
		t.Fatal(err)
	}
	defer g.Stop(0)
	g.Revive(t.Context(), func(err error) { t.Errorf("its end was taken for a death: %v", err) })
	firstLine(t, filepath.Join(dir, "tired.log"))
	if err := g.StopOne("tired", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := g.Again(wait(t), "tired"); err != nil {
		t.Fatal(err)
	}
	for ctx := wait(t); lines(t, filepath.Join(dir, "tired.log")) < 2; {
		if ctx.Err() != nil {
			t.Fatal("it was not started again when asked")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTailIsWholeLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	tail := proc.Tail(path)
	if !strings.HasPrefix(tail, "0123456789\n") || len(tail) > 1500 || len(tail) < 1000 {
		t.Errorf("%d bytes, beginning with %.20q", len(tail), tail)
	}
	if got := proc.Tail(path + "-missing"); got != "" {
		t.Errorf("a missing log ends with %q", got)
	}
}

// firstLine waits for the first line of a log.
func firstLine(t *testing.T, path string) string {
	t.Helper()
	for ctx := wait(t); lines(t, path) == 0; {
		if ctx.Err() != nil {
			t.Fatalf("%s stays empty", path)
		}
		time.Sleep(5 * time.Millisecond)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return first
}

func lines(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}
