package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/cli"
)

// nowhere is a cluster that refuses every connection.
const nowhere = `apiVersion: v1
kind: Config
current-context: away
clusters: [{name: away, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: away, context: {cluster: away, user: nobody, namespace: demo}}]
users: [{name: nobody, user: {}}]
`

func TestAPodThatCannotSeeItsRolloutLeavesItToTheNextOne(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte(nowhere), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as a Pod that is told to end while it waits for the API server
	for job, want := range map[string]bool{"": false, "headgate-sample-run-1": true} {
		var words bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &words, Stderr: &words, Width: func() int { return 0 }, Getenv: func(name string) string {
			return map[string]string{"HEADGATE_JOB": job}[name]
		}}
		code := cli.Main(ctx, env, []string{"run", "sample", "--image", "sample:2", "--kubeconfig", file, "--progress", "none"})
		if again := code == 75; again != want || code == 0 {
			t.Errorf("job %q: exit code %d: %s", job, code, words.String())
		}
	}
}
