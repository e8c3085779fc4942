package workload

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// applyTo plays the API server: it applies a patch to an object.
func applyTo(t *testing.T, obj *unstructured.Unstructured, ops []operation) *unstructured.Unstructured {
	t.Helper()
	data, err := json.Marshal(ops)
	if err != nil {
		t.Fatal(err)
	}
	p, err := jsonpatch.DecodePatch(data)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := obj.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = p.Apply(doc); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	out := &unstructured.Unstructured{}
	if err := out.UnmarshalJSON(doc); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPatchThereAndBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ reason, from, to string }{
		{"an image", "headgate/sample:1.0.0", "headgate/sample:1.1.0"},
		{"a variable more: lists of other lengths", "        envFrom:", "        - {name: MORE, value: x}\n        envFrom:"},
		{"a label with a slash in its key", "team: water", "team/lead: water"},
		{"all annotations gone", "  annotations:\n    argocd.argoproj.io/tracking-id: \"shop:apps/Deployment:demo/sample\"\n    meta.helm.sh/release-name: shop\n    deployment.kubernetes.io/revision: \"7\"\n    team: water\n", ""},
		{"the first annotation of the Pods", "      annotations: {proxy.istio.io/config: \"holdApplicationUntilProxyStarts: true\"}\n", "      annotations: {a: b}\n"},
		{"another strategy", "strategy: {type: Recreate}", "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}"},
		{"a spec key gone", "  revisionHistoryLimit: 10\n", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			former, target := parse(t, sampleYAML), parse(t, strings.Replace(sampleYAML, tc.from, tc.to, 1))
			fields := fieldsBetween(former, target)
			ops, err := patchFor(former, fields)
			if err != nil || len(ops) == 0 {
				t.Fatalf("%d operations, %v", len(ops), err)
			}
			got := applyTo(t, former, ops)
			if left := fieldsBetween(got, target); len(left) > 0 {
				t.Errorf("still different after the patch: %+v", left)
			}
			if again, err := patchFor(got, fields); err != nil || len(again) > 0 {
				t.Errorf("a second patch has %d operations, %v; want none", len(again), err)
			}
			back, err := patchFor(got, reversed(fields))
			if err != nil {
				t.Fatal(err)
			}
			if left := fieldsBetween(applyTo(t, got, back), former); len(left) > 0 {
				t.Errorf("not as before after the way back: %+v", left)
			}
		})
	}
}

func TestPatchMakesMissingParents(t *testing.T) {
	t.Parallel()
	former := parse(t, smallYAML)
	target := former.DeepCopy()
	target.SetAnnotations(map[string]string{"a/b": "c"})
	fields := fieldsBetween(former, target)
	ops, err := patchFor(former, fields)
	if err != nil {
		t.Fatal(err)
	}
	got := applyTo(t, former, ops)
	if d := cmp.Diff(target.GetAnnotations(), got.GetAnnotations()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	back, err := patchFor(got, reversed(fields))
	if err != nil {
		t.Fatal(err)
	}
	if a := applyTo(t, got, back).GetAnnotations(); len(a) > 0 {
		t.Errorf("left behind: %v", a)
	}
}

// A value that only a manifest spelled is met by a live one with defaults; a
// value that was read is met by itself only.
func TestLooseValues(t *testing.T) {
	t.Parallel()
	former := map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": "x:1"}}}}
	target := map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": "x:2", "resources": map[string]any{"limits": map[string]any{"cpu": "0.5"}}}}}}
	live := map[string]any{"spec": map[string]any{"dnsPolicy": "ClusterFirst", "containers": []any{map[string]any{"name": "app", "image": "x:2", "imagePullPolicy": "Always", "resources": map[string]any{"limits": map[string]any{"cpu": "500m"}}}}}}
	for _, tc := range []struct {
		reason string
		loose  bool
		done   bool
	}{{"spelled by a manifest", true, true}, {"read from the API server", false, false}} {
		f := field{Path: templatePath, Former: former, Target: target, LooseTarget: tc.loose}
		if got := f.done(live); got != tc.done {
			t.Errorf("%s: done %v, want %v", tc.reason, got, tc.done)
		}
		if back := f.reversed(); back.untouched(live) != tc.done || back.done(live) {
			t.Errorf("%s, on the way back: untouched %v, done %v", tc.reason, back.untouched(live), back.done(live))
		}
	}
}

func TestImagePatchTouchesTheImageOnly(t *testing.T) {
	t.Parallel()
	live := parse(t, sampleYAML)
	next, err := withImages(live, map[string]string{"": "headgate/sample:1.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	ops, err := patchFor(live, fieldsBetween(live, next))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, op := range ops {
		got = append(got, op.Op+" "+op.Path)
	}
	want := []string{"test /spec/template", "replace /spec/template/spec/containers/1/image"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("operations (-want +got):\n%s", d)
	}
}

func TestChangesByOthers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reason   string
		from, to string
		conflict string
	}{
		{"another image by somebody else", "headgate/sample:1.0.0", "headgate/sample:0.9.0", "spec.template"},
		{"a label more on the Pods", "labels: {app: sample, version: v1}", "labels: {app: sample, version: v1, tier: web}", "spec.template"},
		{"a variable taken away", "        - {name: TOKEN, valueFrom: {secretKeyRef: {name: token, key: token}}}\n", "", "spec.template"},
		{"kubectl rollout restart is no new version", "annotations: {proxy", "annotations: {kubectl.kubernetes.io/restartedAt: \"2026-11-23\", proxy", ""},
		{"scaled meanwhile: that is not ours to say", "replicas: 3", "replicas: 9", ""},
		{"a part that the release does not touch", "team: water", "team: fire", ""},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			former := parse(t, sampleYAML)
			target := parse(t, strings.NewReplacer("headgate/sample:1.0.0", "headgate/sample:1.1.0", "replicas: 3", "replicas: 4").Replace(sampleYAML))
			live := parse(t, strings.Replace(sampleYAML, tc.from, tc.to, 1))
			ops, err := patchFor(live, fieldsBetween(former, target))
			var conflict *ConflictError
			switch {
			case tc.conflict == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case tc.conflict == "":
				got := applyTo(t, live, ops)
				if c := containers(got.Object, "containers")[1]["image"]; c != "headgate/sample:1.1.0" {
					t.Errorf("image %v after the patch", c)
				}
				if tc.to == "replicas: 9" && replicasOf(got) != 9 {
					t.Errorf("%d replicas, want the 9 that somebody asked for", replicasOf(got))
				}
			case !errors.As(err, &conflict):
				t.Errorf("error %v with %d operations, want a conflict", err, len(ops))
			case conflict.Path != tc.conflict || conflict.Object != "Deployment demo/sample":
				t.Errorf("conflict over %s %s", conflict.Object, conflict.Path)
			}
		})
	}
}

func TestChangedPathsNameNoValues(t *testing.T) {
	t.Parallel()
	a := map[string]any{"env": []any{map[string]any{"name": "PASSWORD", "value": "old"}}, "x": int64(1)}
	b := map[string]any{"env": []any{map[string]any{"name": "PASSWORD", "value": "new"}}, "y": int64(1)}
	got := changedPaths("spec", a, b)
	if d := cmp.Diff([]string{"spec.env[PASSWORD].value", "spec.x", "spec.y"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
