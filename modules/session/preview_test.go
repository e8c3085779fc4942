package session_test

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session"
)

const beforehand = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web, version: stable}}
  template:
    metadata: {labels: {app: web, version: stable}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, subsets: [{name: stable, labels: {version: stable}}]}
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: stable}}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: shop}
`

// previewed are the objects beforehand, and the steps of a Release of this spec.
func previewed(t *testing.T, spec string) ([]*unstructured.Unstructured, []session.StepObjects) {
	t.Helper()
	objects, err := manifest.Decode("test", []byte(beforehand))
	if err != nil {
		t.Fatal(err)
	}
	rel, err := release.Decode("test", []byte("apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: web, namespace: shop}\nspec: "+spec))
	if err == nil {
		err = rel.Complete(release.Overrides{Image: "web:2"})
	}
	if err != nil {
		t.Fatal(err)
	}
	steps, err := session.Preview(t.Context(), objects, rel)
	if err != nil {
		t.Fatal(err)
	}
	return objects, steps
}

func TestThePreviewIsWhatEachStepWillLookLike(t *testing.T) {
	t.Parallel()
	objects, steps := previewed(t, "{strategy: {canary: {steps: [5, 50]}}}")
	want := []struct {
		step    string
		weights string
	}{{"weight 0%", "100 0"}, {"weight 5%", "95 5"}, {"weight 50%", "50 50"}, {"weight 100%", "0 100"}}
	if len(steps) != len(want) {
		t.Fatalf("%d steps, want %d", len(steps), len(want))
	}
	for i, w := range want {
		all := map[string]string{}
		for _, o := range steps[i].Objects {
			data, err := json.Marshal(o.Object["spec"])
			if err != nil {
				t.Fatal(err)
			}
			all[manifest.Describe(o)] = string(data)
		}
		stable, canary, _ := strings.Cut(w.weights, " ")
		route := all["VirtualService shop/web"]
		if steps[i].Step != w.step || !strings.Contains(route, `"subset":"stable"},"weight":`+stable) || !strings.Contains(route, `"subset":"canary"},"weight":`+canary) {
			t.Errorf("%s: %s", steps[i].Step, route)
		}
		if len(all) != 6 || !strings.Contains(all["Deployment shop/web-canary"], "canary") || !strings.Contains(all["DestinationRule shop/web"], `"name":"canary"`) {
			t.Errorf("%s: %v", w.step, all)
		}
	}
	if objects[3].Object["spec"].(map[string]any)["http"].([]any)[0].(map[string]any)["route"].([]any)[0].(map[string]any)["weight"] != nil {
		t.Error("the given objects were changed")
	}
}

func TestThePreviewShowsTheBaseline(t *testing.T) {
	t.Parallel()
	_, steps := previewed(t, "{strategy: {canary: {steps: [5, 50], baseline: true}}, gates: [{errors: {regression: 1.5}}]}")
	var got []string
	for _, s := range steps {
		got = append(got, s.Step)
		there := false
		for _, o := range s.Objects {
			there = there || manifest.Describe(o) == "Deployment shop/web-baseline"
		}
		if !there {
			t.Errorf("%s: no baseline Deployment", s.Step)
		}
	}
	if want := "weight 0%, weight 5% and the baseline 5%, weight 50% and the baseline 50%, weight 100%"; strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestAPreviewNeedsItsObjects(t *testing.T) {
	t.Parallel()
	objects, err := manifest.Decode("test", []byte(beforehand))
	if err != nil {
		t.Fatal(err)
	}
	rel := &release.Release{APIVersion: release.APIVersion, Kind: release.Kind}
	rel.Metadata.Name, rel.Metadata.Namespace = "shop", "shop"
	if err := rel.Complete(release.Overrides{Image: "web:2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Preview(t.Context(), objects, rel); err == nil || !strings.Contains(err.Error(), "deployment shop/shop does not exist") {
		t.Errorf("got %v", err)
	}
}
