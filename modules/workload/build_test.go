package workload

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

func candidateOf(t *testing.T, edit LabelEdit, refs renames) *unstructured.Unstructured {
	t.Helper()
	out, err := buildTwin(parse(t, sampleYAML), roleCandidate, "sample", edit, refs)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCandidateKeepsHowAPodRuns(t *testing.T) {
	t.Parallel()
	stable, got := parse(t, sampleYAML), candidateOf(t, LabelEdit{}, nil)
	for _, path := range [][]string{
		{"spec", "template", "spec"},
		{"spec", "template", "metadata", "annotations"},
		{"spec", "progressDeadlineSeconds"},
	} {
		if d := cmp.Diff(at(stable, path...), at(got, path...)); d != "" {
			t.Errorf("%v (-stable +candidate):\n%s", path, d)
		}
	}
	if got.GetName() != "sample-canary" || got.GetNamespace() != "demo" {
		t.Errorf("named %s/%s", got.GetNamespace(), got.GetName())
	}
	if s := at(got, "spec", "strategy", "type"); s != "RollingUpdate" {
		t.Errorf("strategy %v: a candidate under traffic must not lose all its Pods at once", s)
	}
}

func TestCandidateIsNobodyElses(t *testing.T) {
	t.Parallel()
	got := candidateOf(t, LabelEdit{}, nil)
	wantLabels := map[string]string{"app": "sample", LabelRole: "candidate", LabelRelease: "sample", "app.kubernetes.io/managed-by": "headgate"}
	if d := cmp.Diff(wantLabels, got.GetLabels()); d != "" {
		t.Errorf("labels (-want +got):\n%s", d)
	}
	a := got.GetAnnotations()
	delete(a, annotationHash)
	if d := cmp.Diff(map[string]string{"team": "water", AnnotationCandidateOf: "sample"}, a); d != "" {
		t.Errorf("annotations (-want +got):\n%s", d)
	}
}

func TestTrackingMarks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		key    string
		want   bool
		reason string
	}{
		{"kubectl.kubernetes.io/last-applied-configuration", true, "kubectl apply would compare the copy with the wrong manifest"},
		{"argocd.argoproj.io/instance", true, "Argo CD would prune it"},
		{"app.kubernetes.io/instance", true, "Argo CD's tracking label by default"},
		{"kustomize.toolkit.fluxcd.io/name", true, "Flux would collect it"},
		{"helm.toolkit.fluxcd.io/name", true, "Flux would collect it"},
		{"meta.helm.sh/release-name", true, "Helm would adopt it"},
		{"helm.sh/chart", true, "Helm's"},
		{"app", false, "dashboards select by it"},
		{"app.kubernetes.io/name", false, "dashboards select by it"},
		{"example.com/toolkit.fluxcd.io", false, "only looks like Flux's"},
	} {
		if got := tracks(tc.key); got != tc.want {
			t.Errorf("tracks(%q) = %v, want %v: %s", tc.key, got, tc.want, tc.reason)
		}
	}
}

func TestCandidatePodsCarryWhatRoutingAsks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reason string
		edit   LabelEdit
		want   map[string]any
	}{
		{"nothing asked", LabelEdit{}, map[string]any{"app": "sample", "version": "v1"}},
		{"a subset by version", LabelEdit{Set: map[string]string{"version": "canary"}}, map[string]any{"app": "sample", "version": "canary"}},
		{"a Service of its own", LabelEdit{Set: map[string]string{"app": "sample-canary"}, Remove: []string{"version"}}, map[string]any{"app": "sample-canary"}},
	} {
		tc.want[LabelRole], tc.want[LabelRelease] = "candidate", "sample"
		if d := cmp.Diff(tc.want, at(candidateOf(t, tc.edit, nil), "spec", "template", "metadata", "labels")); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.reason, d)
		}
	}
}

func TestCandidateSelectsItsOwnPodsOnly(t *testing.T) {
	t.Parallel()
	stable, got := parse(t, sampleYAML), candidateOf(t, LabelEdit{}, nil)
	sel, err := labels.Parse(selectorString(roleCandidate, "sample"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"matchLabels": toAny(ownLabels(roleCandidate, "sample"))}, at(got, "spec", "selector")); d != "" {
		t.Errorf("selector (-want +got):\n%s", d)
	}
	if !sel.Matches(podLabels(got)) || sel.Matches(podLabels(stable)) {
		t.Errorf("%s must select %v and not %v", sel, podLabels(got), podLabels(stable))
	}
}

func TestLongReleaseNamesStayUnique(t *testing.T) {
	t.Parallel()
	a, b := labelValue(strings.Repeat("a", 80)), labelValue(strings.Repeat("a", 81))
	if len(a) > 63 || a == b {
		t.Errorf("label values %q and %q", a, b)
	}
}

func TestUnprovenPodsMustRunAWhile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reason, from, to string
		want             any
	}{
		{"a probe says when it is ready", "", "", nil},
		{"no probe: a crash at start must show first", "readinessProbe", "livenessProbe", int64(5)},
		{"no probe, the user's own wait", "spec:\n  replicas: 3", "spec:\n  minReadySeconds: 2\n  replicas: 3", int64(2)},
	} {
		obj := parse(t, strings.Replace(sampleYAML, tc.from, tc.to, 1))
		got, err := buildTwin(obj, roleCandidate, "sample", LabelEdit{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m := at(got, "spec", "minReadySeconds"); m != tc.want {
			t.Errorf("%s: minReadySeconds %v, want %v", tc.reason, m, tc.want)
		}
	}
}

func TestReferencesPointAtTheCopies(t *testing.T) {
	t.Parallel()
	refs := renames{}
	refs.add(kindConfigMap, "settings", "settings-canary")
	refs.add(kindSecret, "token", "token-canary")
	data, err := json.Marshal(at(candidateOf(t, LabelEdit{}, refs), "spec", "template", "spec"))
	if err != nil {
		t.Fatal(err)
	}
	got := string(data)
	for text, want := range map[string]int{
		`"settings-canary"`: 4, // key, envFrom, volume, projected
		`"token-canary"`:    4,
		`"settings"`:        0,
		`"token"`:           1 + 1, // the pull secret is the kubelet's; the key is called token too
		`"other"`:           1,
	} {
		if n := strings.Count(got, text); n != want {
			t.Errorf("%s is there %d times, want %d:\n%s", text, n, want, got)
		}
	}
}
