package workload

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestManifestsAreSorted(t *testing.T) {
	t.Parallel()
	dep := parse(t, sampleYAML)
	settings := parse(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}")
	service := parse(t, "{apiVersion: v1, kind: Service, metadata: {name: sample}}")
	elsewhere := parse(t, "{apiVersion: v1, kind: Secret, metadata: {name: token, namespace: other}}")
	got, err := sortManifests([]*unstructured.Unstructured{service, settings, elsewhere, dep}, "demo", "sample")
	if err != nil {
		t.Fatal(err)
	}
	if got.deployment.GetName() != "sample" || len(got.config) != 1 || got.config[0].GetName() != "settings" {
		t.Errorf("sorted as %+v", got)
	}
	if d := cmp.Diff([]string{"Service demo/sample", "Secret other/token"}, got.ignored); d != "" {
		t.Errorf("ignored (-want +got):\n%s", d)
	}
	for reason, objs := range map[string][]*unstructured.Unstructured{
		"hold no Deployment demo/sample (apps/v1); they hold Service demo/sample": {service},
		"hold Deployment demo/sample twice":                                       {dep, dep},
	} {
		if _, err := sortManifests(objs, "demo", "sample"); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("error %v, want %q", err, reason)
		}
	}
}

func TestManifestOnStable(t *testing.T) {
	t.Parallel()
	const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: sample, labels: {app: sample, new: "1"}}
spec:
  replicas: 5
  selector: {matchLabels: {app: sample}}
  minReadySeconds: 3
  template: {metadata: {labels: {app: sample}}, spec: {containers: [{name: sample, image: "headgate/sample:1.1.0"}]}}
`
	before := `{"metadata":{"labels":{"app":"sample","old":"1"}},"spec":{"revisionHistoryLimit":10,"replicas":3,"template":{}}}`
	stable := func() *unstructured.Unstructured {
		obj := parse(t, sampleYAML)
		obj.SetLabels(map[string]string{"app": "sample", "old": "1", "by-others": "1"})
		return obj
	}
	applied := stable()
	applied.SetAnnotations(map[string]string{lastApplied: before})

	for _, tc := range []struct {
		reason       string
		live         *unstructured.Unstructured
		keepReplicas bool
		labels       map[string]string
		replicas     int
		history      any
	}{
		{"kubectl apply remembers: what is said no more goes", applied, false, map[string]string{"app": "sample", "new": "1", "by-others": "1"}, 5, nil},
		{"nobody remembers: only what is said is written", stable(), false, map[string]string{"app": "sample", "new": "1", "by-others": "1", "old": "1"}, 5, int64(10)},
		{"an autoscaler decides the size", stable(), true, map[string]string{"app": "sample", "new": "1", "by-others": "1", "old": "1"}, 3, int64(10)},
	} {
		got, err := withManifest(tc.live, parse(t, manifest), tc.keepReplicas)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tc.labels, got.GetLabels()); d != "" {
			t.Errorf("%s: labels (-want +got):\n%s", tc.reason, d)
		}
		if replicasOf(got) != tc.replicas || at(got, "spec", "revisionHistoryLimit") != tc.history || at(got, "spec", "minReadySeconds") != int64(3) {
			t.Errorf("%s: spec %v", tc.reason, got.Object["spec"])
		}
	}
}

func TestSelectorCannotChange(t *testing.T) {
	t.Parallel()
	_, err := withManifest(parse(t, sampleYAML), parse(t, strings.Replace(sampleYAML, "{matchLabels: {app: sample}}", "{matchLabels: {app: other}}", 1)), false)
	if err == nil || !strings.Contains(err.Error(), "Deployment demo/sample: the manifest's spec.selector differs") {
		t.Errorf("error %v", err)
	}
}

func TestConfigIsComparedByContent(t *testing.T) {
	t.Parallel()
	const secret = "{apiVersion: v1, kind: Secret, metadata: {name: token}, "
	for _, tc := range []struct {
		reason         string
		manifest, live string
		changed, isNew bool
		err            string
	}{
		{reason: "not there yet", manifest: secret + "data: {token: YQ==}}", changed: true, isNew: true},
		{reason: "other content", manifest: secret + "data: {token: YQ==}}", live: secret + "data: {token: Yg==}}", changed: true},
		{reason: "the same, spelled as text", manifest: secret + "stringData: {token: a}}", live: secret + "data: {token: YQ==}}"},
		{reason: "text wins over data", manifest: secret + "stringData: {token: b}, data: {token: YQ==}}", live: secret + "data: {token: YQ==}}", changed: true},
		{reason: "a label reaches no Pod", manifest: "{apiVersion: v1, kind: Secret, metadata: {name: token, labels: {a: b}}, data: {token: YQ==}}", live: secret + "data: {token: YQ==}}"},
		{reason: "a key gone", manifest: secret + "data: {}}", live: secret + "data: {token: YQ==}}", changed: true},
		{reason: "cannot be changed", manifest: secret + "data: {token: YQ==}}", live: secret + "immutable: true, data: {token: Yg==}}", err: "Secret demo/token is immutable"},
	} {
		var live *unstructured.Unstructured
		if tc.live != "" {
			live = parse(t, tc.live)
		}
		item, changed, err := compareConfig(parse(t, tc.manifest), live)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: error %v", tc.reason, err)
			}
			continue
		}
		if err != nil || changed != tc.changed || item.New != tc.isNew {
			t.Errorf("%s: changed %v, new %v, error %v", tc.reason, changed, item.New, err)
		}
	}
}
