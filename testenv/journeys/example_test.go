package journeys_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

const example = "../../docs/example"

// loadCatalog makes a version of the example's program known to Pods.
func loadCatalog(t *testing.T, version string, env map[string]string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node, the example's language, on PATH")
	}
	img := testenv.Image{Ref: "catalog:" + version, Command: []string{node, "/app/src/server.js"}, Env: map[string]string{"VERSION": version}}
	for k, v := range env {
		img.Env[k] = v
	}
	for _, path := range []string{"src", "package.json"} {
		if err := img.Show(filepath.Join(example, path), "/app/"+path); err != nil {
			t.Fatal(err)
		}
	}
	if err := mesh.env.LoadImage(img); err != nil {
		t.Fatal(err)
	}
}

// headgate runs a command and gives back what it prints.
func (s *shop) headgate(want int, args ...string) []byte {
	s.t.Helper()
	p := s.command(args...)
	if code := p.wait(); code != want {
		s.t.Fatalf("headgate %v: exit code %d, want %d", args, code, want)
	}
	return p.stdout.Bytes()
}

// ask sends one request through the gateway.
func (s *shop) ask(method, path, body string, want int) error {
	req, err := http.NewRequestWithContext(s.t.Context(), method, mesh.env.Gateway+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	req.Host = s.host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	answer, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, answer)
	}
	return nil
}

// TestTheExampleGoesAllTheWay takes docs/example from its manifests to a
// promoted and to a refused version, by the commands that its README names. It
// has the mesh for itself: the example promises its users 500 ms, which four
// rollouts at a time on two cores do not keep, whatever the version.
func TestTheExampleGoesAllTheWay(t *testing.T) {
	needMesh(t)
	loadCatalog(t, "1.0.0", nil)
	loadCatalog(t, "1.1.0", nil)
	loadCatalog(t, "1.2.0", map[string]string{"FAILING": "0.2"})

	dev := &shop{t: t, ns: "catalog-dev", host: "catalog.dev.example.com"}
	t.Cleanup(dev.close)
	dev.headgate(0, "analyze", "-k", example+"/k8s/overlays/dev", "-n", dev.ns, "--image", "catalog:1.0.0")
	dev.headgate(3, "diff", "-k", example+"/k8s/overlays/dev", "--image", "catalog:1.0.0", "--inject")
	dev.headgate(0, "apply", "-k", example+"/k8s/overlays/dev", "--image", "catalog:1.0.0", "--inject", "--wait", "-o", "json")
	dev.eventually("the gateway serves dev", func() error { return dev.ask("GET", "/plants", "", 200) })
	for _, r := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/orders", `[{"id":"hazel","count":2}]`, 200},
		{"POST", "/orders", `[{"id":"oak","count":1}]`, 422},
		{"DELETE", "/plants", "", 403}, // by the AuthorizationPolicy
	} {
		if err := dev.ask(r.method, r.path, r.body, r.want); err != nil {
			t.Error(err)
		}
	}

	prod := &shop{t: t, ns: "catalog", host: "catalog.example.com"}
	t.Cleanup(prod.close)
	prod.headgate(0, "apply", "-k", example+"/k8s/overlays/prod", "--image", "catalog:1.0.0", "--inject", "--wait")
	prod.eventually("the gateway serves prod", func() error { return prod.ask("GET", "/plants", "", 200) })
	l, err := load.Start(t.Context(), load.Options{URL: mesh.env.Gateway + "/plants", Host: prod.host, Rate: heavy, Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Stop()
	run := func(version string) *process {
		return prod.command("run", "-f", example+"/headgate.yaml", "--image", "catalog:"+version, "-o", "json")
	}
	run("1.1.0").ended(report.Promoted, "every gate passed")
	// Its own manifests, with the version that now serves, change nothing.
	out := prod.headgate(0, "apply", "-k", example+"/k8s/overlays/prod", "--image", "catalog:1.1.0", "-o", "json")
	var applied deploy.Result
	if err := json.Unmarshal(out, &applied); err != nil || !manifest.Same(applied.Changes) {
		t.Errorf("after promotion: %v\n%s", err, out)
	}
	prod.headgate(0, "drift", "-k", example+"/k8s/overlays/prod", "--image", "catalog:1.1.0")

	run("1.2.0").ended(report.RolledBack, "gate errors failed")
	prod.headgate(0, "diff", "-k", example+"/k8s/overlays/prod", "--image", "catalog:1.1.0")
}
