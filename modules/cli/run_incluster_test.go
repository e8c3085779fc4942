package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/cli"
)

// busy answers as a cluster where another driver is rolling the release out, and
// renews its Lease whenever somebody looks.
func busy(t *testing.T) http.Handler {
	t.Helper()
	data, err := os.ReadFile("../session/testdata/journal-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(bytes.ReplaceAll(data, []byte("NAMESPACE"), []byte("demo")), &list); err != nil {
		t.Fatal(err)
	}
	answers := http.NewServeMux()
	answers.HandleFunc("GET /api/v1/namespaces/demo/configmaps/headgate-sample", func(w http.ResponseWriter, _ *http.Request) {
		for _, item := range list.Items {
			if item["kind"] == "ConfigMap" {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(item)
			}
		}
	})
	answers.HandleFunc("GET /apis/coordination.k8s.io/v1/namespaces/demo/leases/headgate-sample", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": map[string]any{"name": "headgate-sample", "namespace": "demo"},
			"spec": map[string]any{"holderIdentity": "ci@runner", "leaseDurationSeconds": 15, "renewTime": time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")}})
	})
	return answers
}

func TestARolloutInTheClusterWaitsForTheLock(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(busy(t))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(nowhere, "http://127.0.0.1:1", server.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]bool{"--progress=none": false, "--wait-for-lock=1s": true} {
		var words bytes.Buffer
		env := &cli.Env{Stdin: strings.NewReader(""), Stdout: &words, Stderr: &words, Width: func() int { return 0 }, Getenv: func(string) string { return "" }}
		code := cli.Main(t.Context(), env, []string{"run", "sample", "--image", "sample:2", "--in-cluster", "--headgate-image", "headgate:1", "--kubeconfig", file, flag})
		if waited := strings.Contains(words.String(), "waiting until ci@runner is done"); waited != want || code != cli.ExitInconclusive {
			t.Errorf("%s: exit code %d: %s", flag, code, words.String())
		}
	}
}
