package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/bench/contest"
	"github.com/headgate-ci/headgate/testenv/bench/ledger"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

func TestMain(m *testing.M) {
	if testenv.Reexec() {
		return
	}
	os.Exit(m.Run())
}

// TestSmallBenchmark is the benchmark with one bad version and one peer. The
// figures are logged; what must hold on any machine is asserted.
func TestSmallBenchmark(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a mesh; left out by -short")
	}
	if err := testenv.Check(); err != nil {
		t.Skip(err)
	}
	a := open(t)
	book := &ledger.Ledger{Machine: machine(), Entrants: describe(small(t))}
	g, ctx := errgroup.WithContext(t.Context())
	runs := make([]ledger.Run, len(book.Entrants))
	for i, e := range small(t) {
		g.Go(func() (err error) {
			runs[i], err = a.Play(ctx, contest.Case{Entrant: e, Candidate: contest.Candidate{Name: "100pct", Errors: 1}, Rate: 100, Repeat: 1})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	book.Runs = runs
	for _, r := range runs {
		t.Logf("%s: %s after %.0f s, %d bad answers of %d, %d lost; %s", r.Tool, r.Outcome, r.Seconds, r.Bad, r.Served, r.Lost, r.Reason)
		if r.Outcome != ledger.RolledBack || r.Bad == 0 {
			t.Errorf("%s did not find a version that fails every request", r.Tool)
		}
	}
	if own, theirs := runs[0].Bad, runs[1].Bad; own >= theirs {
		t.Errorf("callers got %d bad answers with Headgate and %d with %s", own, theirs, runs[1].Tool)
	}
	dir := t.TempDir()
	if err := write(dir, "", book); err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "bench.md")); err != nil || !strings.Contains(string(page), "| 100pct | 1 of 1") {
		t.Errorf("the table lacks the run: %v\n%s", err, page)
	}
}

// small are Headgate, and Flagger at its fastest with one failed check as the
// limit: it is the peer that is built in less time.
func small(t *testing.T) []contest.Entrant {
	t.Helper()
	all, err := contest.Entrants()
	if err != nil {
		t.Fatal(err)
	}
	pair := all[:2]
	pair[1].Settings = strings.Replace(pair[1].Settings, "threshold: 2", "threshold: 1", 1)
	return pair
}

func open(t *testing.T) *contest.Arena {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "headgate")
	var env *testenv.Env
	g, ctx := errgroup.WithContext(t.Context())
	g.Go(func() error {
		out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "../..").CombinedOutput()
		if err != nil {
			return fmt.Errorf("build headgate: %w\n%s", err, out)
		}
		return nil
	})
	g.Go(func() (err error) {
		env, err = testenv.Up(t.Context(), testenv.Options{Name: fmt.Sprintf("test-bench-%d", os.Getpid()), Owned: true, Progress: tell.Progress()})
		return err
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	a := &contest.Arena{
		Env: env, Headgate: program, Tools: "tools", WarmUp: 5 * time.Second, Dir: dir,
		Say: func(text string) { t.Log(text) },
	}
	if err := a.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.Close()
		if err := env.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}
