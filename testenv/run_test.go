package testenv_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv"
)

func TestRunIsLikeARunOnTheNode(t *testing.T) {
	t.Parallel()
	env := sharedEnv(t)
	for reason, c := range map[string]struct {
		script, stdin  string
		stdout, stderr string
		code           int
	}{
		"output and errors stay apart":        {script: "echo out; echo err >&2", stdout: "out\n", stderr: "err\n"},
		"the exit code is the command's":      {script: "exit 7", code: 7},
		"a signal's exit code is a shell's":   {script: "kill -KILL $$", code: 137},
		"input arrives and ends":              {script: "cat", stdin: "hello", stdout: "hello"},
		"input need not be read":              {script: "true", stdin: strings.Repeat("x", 1<<20)},
		"the network is the node's":           {script: "cat /proc/net/fib_trie | grep -c 10.244.0.1 >/dev/null && echo yes", stdout: "yes\n"},
		"the machine's processes are hidden":  {script: "test -e /proc/2/comm && tr -d '\\0' < /proc/1/cmdline | grep -c headgate-init", stdout: "1\n"},
		"kubectl would find the cluster":      {script: "grep -c 10.244.0.1:6443 $KUBECONFIG", stdout: "1\n"},
		"a proxy of the machine's is not set": {script: "echo $HTTPS_PROXY$https_proxy", stdout: "\n"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code, err := env.Run(t.Context(), []string{"/bin/sh", "-c", c.script}, testenv.Stdio{
				Stdin: strings.NewReader(c.stdin), Stdout: &stdout, Stderr: &stderr,
			})
			if err != nil {
				t.Fatal(err)
			}
			if code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
				t.Errorf("code %d, stdout %q, stderr %q; want %d, %q, %q", code, stdout.String(), stderr.String(), c.code, c.stdout, c.stderr)
			}
		})
	}
}

func TestRunOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := sharedEnv(t).Run(t.Context(), []string{"no-such-command"}, testenv.Stdio{})
	if err == nil || !strings.Contains(err.Error(), "no-such-command") {
		t.Errorf("got %v", err)
	}
}

func TestRunEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	env := sharedEnv(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	const mark = "86399.5"
	if _, err := env.Run(ctx, []string{"sleep", mark}, testenv.Stdio{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	eventually(t, func() string {
		code, err := env.Run(t.Context(), []string{"/bin/sh", "-c", `for p in /proc/[0-9]*; do tr '\0' ' ' < $p/cmdline; done 2>/dev/null | grep -q "^sleep ` + mark + `"`}, testenv.Stdio{})
		if err != nil {
			t.Fatal(err)
		}
		if code == 0 {
			return "the command still runs"
		}
		return ""
	})
}
