package contest

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/testenv/bench/ledger"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

func entrant(t *testing.T, name string) Entrant {
	t.Helper()
	all, err := Entrants()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(e Entrant) bool { return e.Name() == name })
	if i < 0 {
		t.Fatalf("no entrant %s", name)
	}
	return all[i]
}

func TestEveryToolRunsTheSamePods(t *testing.T) {
	t.Parallel()
	s := &site{namespace: "b1", host: "b1." + domain}
	for _, manifest := range []string{"headgate.yaml", "flagger.yaml", "argo.yaml"} {
		objects, err := s.objects(manifest)
		if err != nil {
			t.Fatal(err)
		}
		workload := find(objects, "Deployment")
		if manifest == "argo.yaml" {
			workload = find(objects, "Rollout")
		}
		containers, _, err := unstructured.NestedSlice(workload.Object, "spec", "template", "spec", "containers")
		if err != nil || len(containers) != 1 || containers[0].(map[string]any)["image"] != s.image(stable) {
			t.Errorf("%s: containers %v, %v", manifest, containers, err)
		}
		for _, o := range objects {
			if ns := o.GetNamespace(); ns != "b1" && o.GetKind() != "Namespace" {
				t.Errorf("%s: %s %s would be in namespace %q", manifest, o.GetKind(), o.GetName(), ns)
			}
		}
	}
}

func TestArgosSettingsReachTheRolloutAndItsAnalysis(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"argo-documented", "argo-fastest"} {
		s := &site{namespace: "b1", c: Case{Entrant: entrant(t, name)}}
		objects, err := s.objects("argo.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.argoSettings(objects); err != nil {
			t.Fatal(err)
		}
		steps, _, _ := unstructured.NestedSlice(find(objects, "Rollout").Object, "spec", "strategy", "canary", "steps")
		service, _, _ := unstructured.NestedString(find(objects, "Rollout").Object, "spec", "strategy", "canary", "canaryService")
		if len(steps) < 3 || service == "" {
			t.Errorf("%s: steps %v, canary Service %q", name, steps, service)
		}
		metrics, _, _ := unstructured.NestedSlice(find(objects, "AnalysisTemplate").Object, "spec", "metrics")
		if len(metrics) != 2 {
			t.Fatalf("%s: %d metrics, want errors and latency", name, len(metrics))
		}
		for _, m := range metrics {
			address, _, _ := unstructured.NestedString(m.(map[string]any), "provider", "prometheus", "address")
			if address != supervisor.PrometheusInside() {
				t.Errorf("%s: a metric is asked of %q", name, address)
			}
		}
	}
}

func TestWhatShouldBecomeOfCandidates(t *testing.T) {
	t.Parallel()
	want := map[string]ledger.Kind{
		"0pct": ledger.Good, "0.3pct": ledger.Good, "as-stable-0.5pct": ledger.Good, "1pct": ledger.Borderline,
		"2pct": ledger.Bad, "5pct": ledger.Bad, "20pct": ledger.Bad, "100pct": ledger.Bad, "slow-700ms": ledger.Bad,
	}
	for _, c := range Candidates() {
		if c.Kind() != want[c.Name] {
			t.Errorf("%s is %s, want %s", c.Name, c.Kind(), want[c.Name])
		}
	}
}
