package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "web:1"}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {password: first, user: me}
`

// place is a namespace of a real API server.
type place struct {
	t      *testing.T
	ns     string
	client dynamic.Interface
	*manifest.Applier
}

func open(t *testing.T) *place {
	t.Helper()
	s := apiserver.Shared(t)
	p := &place{t: t, ns: s.Namespace(t)}
	var err error
	if p.client, err = dynamic.NewForConfig(s.Config); err != nil {
		t.Fatal(err)
	}
	if p.Applier, err = manifest.NewApplier(s.Config, p.ns); err != nil {
		t.Fatal(err)
	}
	p.Force = false
	return p
}

var deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

func decode(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	objs, err := manifest.Decode("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objs
}

// apply compares and applies, and gives back the changes.
func (p *place) apply(text string) []manifest.Change {
	p.t.Helper()
	changes, err := p.Compare(p.t.Context(), decode(p.t, text))
	if err == nil {
		changes, err = p.Put(p.t.Context(), changes)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return changes
}

// edit changes the Deployment as another client would.
func (p *place) edit(manager, patch string) {
	p.t.Helper()
	_, err := p.client.Resource(deployments).Namespace(p.ns).Patch(p.t.Context(), "web", types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestApplyingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	p := open(t)
	for _, want := range []manifest.Action{manifest.Created, manifest.Unchanged} {
		for _, c := range p.apply(web) {
			if c.Action != want || (c.Diff == "") != (want == manifest.Unchanged) {
				t.Errorf("%s: %s, want %s; diff:\n%s", c, c.Action, want, c.Diff)
			}
		}
	}
}

func TestCompareShowsTheChangeAndWritesNothing(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.apply(web)
	before, _ := p.client.Resource(deployments).Namespace(p.ns).Get(t.Context(), "web", metav1.GetOptions{})
	changes, err := p.Compare(t.Context(), decode(t, strings.NewReplacer("web:1", "web:2", "first", "second").Replace(web)))
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, c := range changes {
		if c.Action != manifest.Configured {
			t.Errorf("%s: %s", c, c.Action)
		}
		all += c.Diff
	}
	for _, part := range []string{"-      - image: web:1", "+      - image: web:2", "-  password: '*** (before)'", "+  password: '*** (after)'", "   user: '***'"} {
		if !strings.Contains(all, part) {
			t.Errorf("the diff lacks %q:\n%s", part, all)
		}
	}
	for _, secret := range []string{"Zmlyc3Q", "c2Vjb25k", "first", "second", "bWU="} {
		if strings.Contains(all, secret) {
			t.Errorf("the diff tells %q:\n%s", secret, all)
		}
	}
	after, err := p.client.Resource(deployments).Namespace(p.ns).Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil || after.GetGeneration() != before.GetGeneration() { // its status is a controller's
		t.Errorf("something was written: %v", err)
	}
}

// The API server owns what it makes of a Secret's stringData, unless it is sent
// as data.
func TestAKeyOfASecretGoesWithTheManifest(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.apply(web)
	p.apply(strings.Replace(web, ", user: me", "", 1))
	if data, _, _ := unstructured.NestedMap(p.live("Secret").Object, "data"); len(data) != 1 {
		t.Errorf("left are %v", data)
	}
}

func TestConflictsNameTheFieldAndItsOwner(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.apply(web)
	p.edit("kubectl-edit", `{"spec":{"replicas":7,"template":{"spec":{"containers":[{"name":"web","image":"web:hot"}]}}}}`)
	_, err := p.Compare(t.Context(), decode(t, web))
	var conflict *manifest.ConflictError
	if !errors.As(err, &conflict) || len(conflict.Fields) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"Deployment " + p.ns + "/web", ".spec.replicas", `"kubectl-edit" (a person with kubectl)`, "image", "--force-conflicts"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	p.Force = true
	if changes := p.apply(web); manifest.Same(changes) {
		t.Error("the fields were not taken over")
	}
}

func TestDriftTellsWhoChangedWhat(t *testing.T) {
	t.Parallel()
	p := open(t)
	p.apply(web)
	if drifts, err := p.Drift(t.Context(), decode(t, web)); err != nil || len(drifts) != 0 {
		t.Errorf("right after applying: %v, %v", drifts, err)
	}
	p.edit("kubectl-edit", `{"spec":{"replicas":7,"paused":true,"template":{"spec":{"containers":[{"name":"web","image":"web:hot"}]}}}}`)
	drifts, err := p.Drift(t.Context(), decode(t, web+"---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: gone}}"))
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]manifest.Drift{}
	for _, d := range drifts {
		byPath[d.Object()+" "+d.Path] = d
	}
	dep := "Deployment " + p.ns + "/web "
	replicas, image := byPath[dep+"spec.replicas"], byPath[dep+"spec.template.spec.containers[0].image"]
	if replicas.Got != int64(7) || replicas.Want != int64(2) || replicas.By.Manager != "kubectl-edit" || replicas.By.Time.IsZero() {
		t.Errorf("replicas: %+v", replicas)
	}
	if image.Got != "web:hot" || image.Want != "web:1" || image.By.Manager != "kubectl-edit" {
		t.Errorf("image: %+v", image)
	}
	if _, missing := byPath["ConfigMap "+p.ns+"/gone "]; !missing || len(drifts) != 3 {
		t.Errorf("want replicas, image and the missing object; what the manifest leaves to others is no drift: %+v", drifts)
	}
}

func TestWaitSaysWhatIsNotReady(t *testing.T) {
	t.Parallel()
	p := open(t)
	changes := p.apply(web)
	err := p.Wait(t.Context(), manifest.Objects(changes), manifest.WaitOptions{Timeout: 200 * time.Millisecond, Interval: 20 * time.Millisecond})
	var late *manifest.NotReadyError
	if !errors.As(err, &late) || !late.TimedOut || len(late.Pending) != 1 || late.Pending[0].Object.GetName() != "web" {
		t.Fatalf("got %v", err)
	}
	setStatus(p, map[string]any{"observedGeneration": int64(1), "replicas": int64(2), "updatedReplicas": int64(2), "readyReplicas": int64(2), "availableReplicas": int64(2),
		"conditions": []any{
			map[string]any{"type": "Available", "status": "True"},
			map[string]any{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
		}})
	if err := p.Wait(t.Context(), manifest.Objects(changes), manifest.WaitOptions{Timeout: 10 * time.Second, Interval: 20 * time.Millisecond}); err != nil {
		t.Error(err)
	}
}

func setStatus(p *place, status map[string]any) {
	p.t.Helper()
	live, err := p.client.Resource(deployments).Namespace(p.ns).Get(p.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
	live.Object["status"] = status
	if _, err := p.client.Resource(deployments).Namespace(p.ns).UpdateStatus(p.t.Context(), live, metav1.UpdateOptions{}); err != nil {
		p.t.Fatal(err)
	}
}

func TestANewKindAndItsObjectsAreAppliedTogether(t *testing.T) {
	t.Parallel()
	p := open(t)
	group := p.ns + ".example.com"
	text := `
apiVersion: ` + group + `/v1
kind: Gadget
metadata: {name: one, namespace: ` + p.ns + `-new}
---
apiVersion: v1
kind: Namespace
metadata: {name: ` + p.ns + `-new}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.` + group + `}
spec:
  group: ` + group + `
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`
	if changes := p.apply(text); len(changes) != 3 || changes[2].Kind != "Gadget" || changes[2].Result.GetUID() == "" {
		t.Errorf("got %v", changes)
	}
	_, err := p.Compare(t.Context(), decode(t, "{apiVersion: nosuch.example.com/v1, kind: Thing, metadata: {name: a}}"))
	if err == nil || !strings.Contains(err.Error(), "does not know Thing.nosuch.example.com") {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestPruneDeletesOnlyWhatWasOnTheInventory(t *testing.T) {
	t.Parallel()
	p := open(t)
	one := func(name string) string {
		return "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}}\n"
	}
	p.apply(one("strange"))
	applied := func(text string) []manifest.Change {
		inv, err := p.OpenInventory(t.Context(), p.ns, "app")
		if err != nil {
			t.Fatal(err)
		}
		changes := p.apply(text)
		objs := manifest.Objects(changes)
		gone, err := inv.Gone(t.Context(), objs)
		if err == nil {
			err = inv.Note(t.Context(), objs)
		}
		if err == nil {
			err = inv.Prune(t.Context(), gone, objs)
		}
		if err != nil {
			t.Fatal(err)
		}
		return gone
	}
	if gone := applied(one("a") + one("b") + "---\n" + `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: {headgate.dev/prune: disabled}}}`); len(gone) != 0 {
		t.Errorf("the first time: %v", gone)
	}
	if gone := applied(one("a")); len(gone) != 1 || gone[0].Name != "b" {
		t.Errorf("want b alone, got %v", gone)
	}
	if gone := applied(one("a")); len(gone) != 0 {
		t.Errorf("again: %v", gone)
	}
	names := map[string]bool{}
	list, err := p.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(p.ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Items {
		names[o.GetName()] = true
	}
	if !names["a"] || names["b"] || !names["c"] || !names["strange"] {
		t.Errorf("left are %v", names)
	}
}

func TestKustomizationsStayAsTheyAreOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{
		"base/kustomization.yaml":        "resources: [all.yaml]\n",
		"base/all.yaml":                  "# two\n" + strings.TrimPrefix(web, "\n"),
		"overlays/dev/kustomization.yml": "resources: [../../base]\nnamePrefix: dev-\nnamespace: dev\n",
	}
	for name, body := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := manifest.Render(manifest.Source{Paths: []string{filepath.Join(dir, "overlays/dev")}, Images: []manifest.Image{{Name: "web", Ref: "registry.example.com/web:2"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, obj := range r.Objects {
		if obj.GetName() != "dev-web" || obj.GetNamespace() != "dev" || obj.GetAnnotations() != nil {
			t.Errorf("%s %v", manifest.Describe(obj), obj.GetAnnotations())
		}
	}
	origin := r.Origin(r.Objects[0])
	if want := filepath.Join(dir, "base/all.yaml"); origin.File != want || origin.At("spec.template.spec.containers[0].image").Line != 12 {
		t.Errorf("origin %s, image at %s; want %s:12", origin, origin.At("spec.template.spec.containers[0].image"), want)
	}
	for name, body := range files {
		if now, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(now) != body {
			t.Errorf("%s was edited: %q, %v", name, now, err)
		}
	}
}
