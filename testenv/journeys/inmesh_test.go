package journeys_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestServiceToService rolls out between two services of the mesh: all traffic
// comes from a client's own sidecar, none through the gateway.
func TestServiceToService(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.client("60")
	p := s.start(asked{tag: sample.Good, steps: "[10, 50]"})
	res := p.ended(report.Promoted, "")
	if res.Candidate.Requests == 0 {
		t.Error("no request of the client was counted at the candidate")
	}
	for version, n := range s.calls() {
		if n.Failed > 0 {
			t.Errorf("%d of %d calls answered by %q failed", n.Failed, n.Requests, version)
		}
		t.Logf("calls answered by %q: %d, %d failed", version, n.Requests, n.Failed)
	}
	delete(s.before, "deployments/sample")
	bad := s.start(asked{tag: sample.Errors, steps: "[50]"}).ended(report.RolledBack, "gate errors failed")
	if bad.Candidate.Errors == 0 {
		t.Error("the candidate's errors were not counted")
	}
}

// client deploys k8s/client, which calls http://sample all the time. edit changes
// the Deployment before.
func (s *shop) client(rate string, edit ...func(*unstructured.Unstructured)) {
	s.t.Helper()
	s.clientOf("http://sample/", rate, edit...)
}

// clientOf deploys it for another address.
func (s *shop) clientOf(url, rate string, edit ...func(*unstructured.Unstructured)) {
	s.t.Helper()
	objects, err := demo.Objects("client")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range objects {
		s.move(o)
		if o.GetKind() == "Deployment" {
			setEnv(o, "SAMPLE_CALL_RATE", rate)
			setEnv(o, "SAMPLE_CALL", url)
			for _, fn := range edit {
				fn(o)
			}
		}
	}
	apply, err := manifest.NewApplier(mesh.config, s.ns)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := apply.Apply(s.t.Context(), objects); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("the client's calls are answered", func() error {
		calls, err := s.readCalls()
		if err != nil {
			return err
		}
		if calls["1.0.0"].Requests < 20 {
			return fmt.Errorf("so far %v", calls)
		}
		return nil
	})
	s.before = s.users()
}

func setEnv(o *unstructured.Unstructured, name, value string) {
	containers, _, _ := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
	for _, c := range containers {
		env, _ := c.(map[string]any)["env"].([]any)
		for _, e := range env {
			if m, ok := e.(map[string]any); ok && m["name"] == name {
				m["value"] = value
			}
		}
	}
	_ = unstructured.SetNestedSlice(o.Object, containers, "spec", "template", "spec", "containers")
}

type counts struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
}

func (s *shop) calls() map[string]counts {
	s.t.Helper()
	calls, err := s.readCalls()
	if err != nil {
		s.t.Fatal(err)
	}
	return calls
}

// readCalls asks the client's Pod, through the API server, how its calls went.
func (s *shop) readCalls() (map[string]counts, error) {
	clients, err := kubernetes.NewForConfig(mesh.config)
	if err != nil {
		return nil, err
	}
	list, err := clients.CoreV1().Pods(s.ns).List(context.Background(), metav1.ListOptions{LabelSelector: "app=client"})
	if err != nil || len(list.Items) == 0 {
		return nil, fmt.Errorf("no Pod of the client: %w", err)
	}
	data, err := clients.CoreV1().Pods(s.ns).ProxyGet("http", list.Items[0].Name, "8080", "calls", nil).DoRaw(context.Background())
	if err != nil {
		return nil, err
	}
	var out struct {
		Versions map[string]counts `json:"versions"`
	}
	err = json.Unmarshal(data, &out)
	return out.Versions, err
}
