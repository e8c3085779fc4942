package manifest_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

// shopOld is what `kubectl apply` brought, shopNew what the repository has now:
// an environment variable, a key, a port, a label and a route are gone.
const (
	shopOld = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: core, old: "yes"}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        env: [{name: KEEP, value: a}, {name: GONE, value: b}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {keep: a, gone: b}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {keep: first, gone: second}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}, {name: gone, port: 81}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web, gone.example.com]
  gateways: [mesh]
  http: [{route: [{destination: {host: web}}]}]
`
	shopNew = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: core}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:2
        env: [{name: KEEP, value: a}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {keep: a}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {keep: first}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http: [{route: [{destination: {host: web}}]}]
`
)

var resources = map[string]schema.GroupVersionResource{
	"Deployment":     deployments,
	"ConfigMap":      {Version: "v1", Resource: "configmaps"},
	"Secret":         {Version: "v1", Resource: "secrets"},
	"Service":        {Version: "v1", Resource: "services"},
	"VirtualService": {Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"},
}

func (p *place) kubectlApply(text string) {
	p.t.Helper()
	for _, obj := range decode(p.t, text) {
		apiserver.KubectlApply(p.t, p.client.Resource(resources[obj.GetKind()]).Namespace(p.ns), obj)
	}
}

func (p *place) live(kind string) *unstructured.Unstructured {
	p.t.Helper()
	obj, err := p.client.Resource(resources[kind]).Namespace(p.ns).Get(p.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
	return obj
}

// leftovers are the kinds that still hold what the manifests have no more.
func (p *place) leftovers() []string {
	p.t.Helper()
	gone := map[string]string{"Deployment": `"GONE"`, "ConfigMap": `"gone"`, "Secret": `"gone"`, "Service": `"gone"`, "VirtualService": `gone.example.com`}
	var out []string
	for kind, text := range gone {
		obj := p.live(kind)
		obj.SetManagedFields(nil)
		obj.SetAnnotations(nil)
		data, err := json.Marshal(obj)
		if err != nil {
			p.t.Fatal(err)
		}
		if strings.Contains(string(data), text) {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

func TestWhatKubectlAppliedGoesWithTheManifest(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*place){
		"kubectl applied it":                                 func(*place) {},
		"an earlier apply of ours left kubectl's fields":     func(p *place) { p.applyBeside(shopOld) },
		"kubectl applied again after ours":                   func(p *place) { p.apply(shopOld); p.kubectlApply(strings.Replace(shopOld, "web:1", "web:1.1", 1)) },
		"kubectl wrote it by an older version of its kind":   func(p *place) { p.olderVersion() },
		"a rollout rewrote kubectl's annotation in its name": func(p *place) { p.promoted() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			p.kubectlApply(shopOld)
			before(p)
			changes := p.apply(shopNew)
			for _, c := range changes {
				if c.Action != manifest.Configured {
					t.Errorf("%s: %s", c, c.Action)
				}
			}
			if left := p.leftovers(); len(left) > 0 {
				t.Errorf("what the manifests have no more is still in %v", left)
			}
			if ports, _, _ := unstructured.NestedSlice(p.live("Service").Object, "spec", "ports"); len(ports) != 1 || p.live("Service").Object["spec"].(map[string]any)["clusterIP"] == "" {
				t.Errorf("the Service: %v", p.live("Service").Object["spec"])
			}
			if drifts, err := p.Drift(t.Context(), decode(t, shopNew)); err != nil || len(drifts) > 0 {
				t.Errorf("afterwards: %v, %v", drifts, err)
			}
			if again := p.apply(shopNew); !manifest.Same(again) {
				t.Errorf("a second time: %v", again)
			}
		})
	}
}

// applyBeside applies by server-side apply and leaves to kubectl what is its.
func (p *place) applyBeside(text string) {
	p.t.Helper()
	for _, obj := range decode(p.t, text) {
		_, err := p.client.Resource(resources[obj.GetKind()]).Namespace(p.ns).Apply(p.t.Context(), obj.GetName(), obj, metav1.ApplyOptions{FieldManager: manifest.FieldManager, Force: true})
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// olderVersion has kubectl's fields noted by a version that the manifests do not
// use any more, beside fields of ours.
func (p *place) olderVersion() {
	p.t.Helper()
	p.applyBeside(shopOld)
	live := p.live("VirtualService")
	entries := live.GetManagedFields()
	for i, e := range entries {
		if e.Manager == apiserver.KubectlManager {
			entries[i].APIVersion = "networking.istio.io/v1beta1"
		}
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"managedFields": entries}})
	if err == nil {
		_, err = p.client.Resource(resources["VirtualService"]).Namespace(p.ns).Patch(p.t.Context(), "web", types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "test"})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// promoted writes the Deployment as the end of a rollout does for one that
// kubectl applies.
func (p *place) promoted() {
	p.t.Helper()
	live := p.live("Deployment")
	annotations := live.GetAnnotations()
	annotations[corev1.LastAppliedConfigAnnotation] = strings.Replace(annotations[corev1.LastAppliedConfigAnnotation], "web:1", "web:1.1", 1)
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.edit("headgate", string(patch))
	p.edit("headgate", `{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"web:1.1","env":[{"name":"KEEP","value":"a"},{"name":"GONE","value":"c"}]}]}}}}`)
}

func TestDiffAndDriftNameWhatKubectlAppliedAndTheManifestHasNot(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.kubectlApply(shopOld)
	before := p.live("Deployment").GetResourceVersion()
	changes, err := p.Compare(t.Context(), decode(t, shopNew))
	if err != nil {
		t.Fatal(err) // the image that changes is no conflict
	}
	all := ""
	for _, c := range changes {
		all += c.Diff
	}
	for _, part := range []string{"-        - name: GONE", "-  gone: b", "-    port: 81", "-  - gone.example.com", "-    old: \"yes\"", "-  gone: '***'", "+        image: web:2"} {
		if !strings.Contains(all, part) {
			t.Errorf("the diff lacks %q:\n%s", part, all)
		}
	}
	for _, kept := range []string{"progressDeadlineSeconds", "terminationMessagePath", "keep: '***'"} {
		if strings.Contains(all, "-"+strings.Repeat(" ", 2)+kept) {
			t.Errorf("a default that comes back is no change: %q in\n%s", kept, all)
		}
	}
	drifts, err := p.Drift(t.Context(), decode(t, shopNew))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, d := range drifts {
		named[d.Kind+" "+d.Path] = true
	}
	for _, want := range []string{"ConfigMap data.gone", "Secret data.gone", "Service spec.ports", "Deployment metadata.labels.old", "Deployment spec.template.spec.containers[0].env", "Deployment spec.template.spec.containers[0].image", "VirtualService spec.hosts", "VirtualService spec.gateways"} {
		if !named[want] {
			t.Errorf("drift lacks %q: %v", want, named)
		}
	}
	if p.live("Deployment").GetResourceVersion() != before {
		t.Error("something was written")
	}
}

// What others than kubectl's apply own stays theirs.
func TestTheTakeoverIsOfKubectlsApplyAlone(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.kubectlApply(shopOld)
	p.edit("kubectl-edit", `{"metadata":{"labels":{"old":"edited"}},"spec":{"paused":true,"template":{"metadata":{"annotations":{"hand":"made"}}}}}`)
	p.edit("autoscaler", `{"spec":{"replicas":7}}`)
	_, err := p.Compare(t.Context(), decode(t, shopNew))
	var conflict *manifest.ConflictError
	if !errors.As(err, &conflict) || len(conflict.Fields) != 1 || conflict.Fields[0].Manager != "autoscaler" {
		t.Fatalf("want the conflict with the autoscaler alone, got %v", err)
	}
	p.apply(strings.Replace(shopNew, "  replicas: 2\n", "", 1))
	obj := p.live("Deployment").Object
	replicas, _, _ := unstructured.NestedInt64(obj, "spec", "replicas")
	paused, _, _ := unstructured.NestedBool(obj, "spec", "paused")
	mark, _, _ := unstructured.NestedString(obj, "spec", "template", "metadata", "annotations", "hand")
	old, _, _ := unstructured.NestedString(obj, "metadata", "labels", "old")
	if replicas != 7 || !paused || mark != "made" || old != "edited" {
		t.Errorf("replicas %d, paused %v, annotation %q, label %q", replicas, paused, mark, old)
	}
	if left := p.leftovers(); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}
