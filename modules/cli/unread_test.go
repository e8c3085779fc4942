package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
)

// unreadOutput is what standard output is before `| head` that has ended.
func unreadOutput(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(writer.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	out := os.NewFile(uintptr(fd), os.Stdout.Name())
	t.Cleanup(func() { _ = errors.Join(writer.Close(), out.Close()) })
	return out
}

func TestAVerdictThatNobodyReadsIsTheVerdict(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[report.Verdict]int{report.Promoted: 0, report.RolledBack: 3, report.Aborted: 5} {
		g, env := &Globals{Output: "text"}, &Env{Stdout: unreadOutput(t), Stderr: unreadOutput(t), Getenv: func(string) string { return "" }}
		dir := t.TempDir() + "/report"
		rep, err := Reporting{Report: dir}.begin(g, env, "shop", "cart")
		if err != nil {
			t.Fatal(err)
		}
		err = rep.conclude(report.Result{Namespace: "shop", Release: "cart", Verdict: verdict}, verdictError(verdict, nil))
		if got := finish(env, err); got != want {
			t.Errorf("%s: exit code %d, want %d: %v", verdict, got, want, err)
		}
		if data, err := os.ReadFile(dir + "/report.json"); err != nil || !strings.Contains(string(data), string(verdict)) {
			t.Errorf("%s: the report has no verdict: %v", verdict, err)
		}
	}
}

func TestAResultThatDoesNotFitOnTheDiskIsAnError(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close() //nolint:errcheck // nothing can be written to it
	var said bytes.Buffer
	env := &Env{Stdout: full, Stderr: &said, Getenv: func(string) string { return "" }}
	rep, err := Reporting{}.begin(&Globals{Output: "text"}, env, "shop", "cart")
	if err != nil {
		t.Fatal(err)
	}
	if code := finish(env, rep.conclude(report.Result{Verdict: report.Promoted}, nil)); code != ExitError || !strings.Contains(said.String(), "no space") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestATableThatNobodyReadsEndsAsSIGPIPEDoes(t *testing.T) {
	t.Parallel()
	_, err := fmt.Fprintln(unreadOutput(t), "NAMESPACE")
	if code := finish(&Env{Stderr: unreadOutput(t)}, fmt.Errorf("list: %w", err)); code != 141 {
		t.Errorf("exit code %d, want 141: %v", code, err)
	}
	if unread(fmt.Errorf("patch the route: %w", syscall.EPIPE)) {
		t.Error("a connection that broke counts as output that nobody reads")
	}
}

func TestAFollowingThatNobodyFollowsEnds(t *testing.T) {
	t.Parallel()
	ctx, env, stop := listened(t.Context(), &Env{Stderr: unreadOutput(t)})
	defer stop()
	_, _ = fmt.Fprintln(env.Stderr, "[1/10] candidate")
	if cause := context.Cause(ctx); !errors.Is(cause, errUnread) {
		t.Errorf("it goes on: %v", cause)
	}
}
