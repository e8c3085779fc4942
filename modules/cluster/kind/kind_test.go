package kind_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/cluster/kind"
)

func TestTheConfigurationSaysWhoMayCallTheServer(t *testing.T) {
	t.Parallel()
	data, err := kind.Config(kind.Options{Name: "ci", Workers: 2, Address: "0.0.0.0", Names: []string{"docker"}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Name       string
		Nodes      []struct{ Role string }
		Networking struct{ APIServerAddress string }
		Patches    []string `json:"kubeadmConfigPatches"`
	}
	if err := yaml.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "ci" || len(got.Nodes) != 3 || got.Nodes[0].Role != "control-plane" || got.Nodes[2].Role != "worker" || got.Networking.APIServerAddress != "0.0.0.0" {
		t.Errorf("got\n%s", data)
	}
	for _, name := range []string{"- docker", "- localhost", "- 127.0.0.1"} {
		if len(got.Patches) != 1 || !strings.Contains(got.Patches[0], name) {
			t.Errorf("%s is not in the certificate:\n%s", name, data)
		}
	}
}

func TestAClusterServes(t *testing.T) {
	if _, err := kind.List(); err != nil {
		t.Skipf("no cluster can be made here: %v", err)
	}
	if testing.Short() {
		t.Skip("makes a cluster; left out by -short")
	}
	o := kind.Options{Name: "headgate-test", Kubeconfig: t.TempDir() + "/kubeconfig", Wait: 3 * time.Minute}
	t.Cleanup(func() { _ = kind.Down(o.Name, o.Kubeconfig) })
	if err := kind.Up(o); err != nil {
		t.Fatal(err)
	}
	if text, err := kind.Kubeconfig(o.Name); err != nil || !strings.Contains(text, kind.Context(o.Name)) {
		t.Errorf("kubeconfig: %v", err)
	}
	if err := kind.Load(t.Context(), o.Name, "no-such-image:1"); err == nil {
		t.Error("an image that does not exist was loaded")
	}
}

func TestWithoutAnEngineItSaysSo(t *testing.T) {
	if _, err := kind.List(); err == nil {
		t.Skip("there is a container engine here")
	}
	for what, err := range map[string]error{
		"up": kind.Up(kind.Options{Name: "x"}), "down": kind.Down("x", ""), "load": kind.Load(context.Background(), "x", "a:1"),
	} {
		if !errors.Is(err, kind.ErrNoEngine) || !strings.Contains(err.Error(), "--provider testenv") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
