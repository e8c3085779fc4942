package workload

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	settingsYAML = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: info}}"
	tokenYAML    = "{apiVersion: v1, kind: Secret, metadata: {name: token}, stringData: {token: hunter2}}"
	hashedYAML   = "{apiVersion: v1, kind: ConfigMap, metadata: {name: extra-7k2}, data: {a: b}}"
)

// version is a set of manifests; edits are pairs of old and new text.
func (c *cluster) version(edits ...string) []*unstructured.Unstructured {
	r := strings.NewReplacer(edits...)
	var out []*unstructured.Unstructured
	for _, text := range []string{smallYAML, settingsYAML, tokenYAML} {
		obj := parse(c.t, r.Replace(text))
		obj.SetNamespace(c.namespace)
		out = append(out, obj)
	}
	return out
}

// kubectlApplied makes objects as `kubectl apply` leaves them.
func (c *cluster) kubectlApplied(objs []*unstructured.Unstructured) {
	c.t.Helper()
	for _, obj := range objs {
		with := obj.DeepCopy()
		c.must("note", setLastApplied(with, obj))
		r := deployments
		if obj.GetKind() != "Deployment" {
			r = configItem{Kind: obj.GetKind()}.resource()
		}
		c.create(r, with)
	}
}

func (c *cluster) manifests(objs []*unstructured.Unstructured) Options {
	opts := c.options()
	opts.Images, opts.Manifests = nil, objs
	return opts
}

// everything is what a user can see of the workload.
func (c *cluster) everything() map[string]any {
	c.t.Helper()
	out := map[string]any{}
	for _, item := range []configItem{{Kind: kindConfigMap, Name: "settings"}, {Kind: kindSecret, Name: "token"}} {
		obj := c.get(item.resource(), item.Name)
		out[item.Name] = []any{content(obj), obj.GetLabels(), obj.GetAnnotations()}
	}
	dep := c.get(deployments, "sample")
	a := dep.GetAnnotations()
	delete(a, annotationRevision) // the controller's count of versions
	out["deployment"] = []any{dep.Object["spec"], dep.GetLabels(), a}
	return out
}

func (c *cluster) leftovers() []string {
	c.t.Helper()
	var out []string
	for _, item := range []configItem{{Kind: kindConfigMap}, {Kind: kindSecret}} {
		list, err := c.api(item.resource()).List(c.t.Context(), metav1.ListOptions{LabelSelector: LabelRole})
		c.must("list", err)
		for i := range list.Items {
			out = append(out, list.Items[i].GetName())
		}
	}
	return out
}

// servingVersion is a cluster in which the service of version was applied and serves.
func servingVersion(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	c.kubelet(healthy)
	c.kubectlApplied(c.version())
	c.ready()
	return c
}

func TestSameManifestsDoNotDiffer(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	cand := c.open(c.manifests(c.version()))
	if cand.Differs() || len(cand.state.Fields) > 0 {
		t.Errorf("what is applied already differs: %+v", cand.Plan())
	}
	if cand = c.open(c.manifests(c.version("path: /ready", "path: /readyz"))); !cand.Differs() {
		t.Error("another probe is not seen")
	}
	want := []string{"spec.template.spec.containers[app].readinessProbe.httpGet.path"}
	if d := cmp.Diff(want, cand.Plan().Changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

// The manifests in git seldom name the image that was just built.
func TestImagesReplaceThoseOfTheManifests(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	opts := c.manifests(c.version("path: /ready", "path: /readyz"))
	opts.Images = map[string]string{"": newImage}
	cand := c.open(opts)
	want := []string{"spec.template.spec.containers[app].image", "spec.template.spec.containers[app].readinessProbe.httpGet.path"}
	if d := cmp.Diff(want, cand.Plan().Changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if images := cand.Plan().Images; len(images) != 1 || images[0].To != newImage {
		t.Errorf("images %+v", images)
	}
	opts.Manifests, opts.Images = c.version(), map[string]string{"": oldImage}
	if again := c.open(opts); again.Differs() {
		t.Errorf("what serves differs: %+v", again.Plan())
	}
	opts.Images = map[string]string{"nosuch": newImage}
	if _, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, opts); err == nil || !strings.Contains(err.Error(), `no container "nosuch"`) {
		t.Errorf("got %v", err)
	}
}

func TestManifestsPromotedAndUndone(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	ctx, before := t.Context(), c.everything()
	next := append(c.version(oldImage, newImage, "level: info", "level: debug", "hunter2", "hunter3"), parse(t, hashedYAML))
	next[3].SetNamespace(c.namespace)
	cand := c.open(c.manifests(next))

	var made []string
	for _, cr := range cand.Plan().Create {
		made = append(made, strings.ReplaceAll(cr.Object, c.namespace+"/", ""))
	}
	if d := cmp.Diff([]string{"ConfigMap settings-canary", "Secret token-canary", "ConfigMap extra-7k2", "Deployment sample-canary"}, made); d != "" {
		t.Errorf("to be made (-want +got):\n%s", d)
	}
	c.must("create", cand.Create(ctx, 100))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("stable was touched before promotion:\n%s", d)
	}
	if got := content(c.get(configMaps, "settings-canary")); got["data/level"] != "debug" {
		t.Errorf("the candidate's settings are %v", got)
	}
	if data, err := cand.State(); err != nil || strings.Contains(string(data), "hunter") || strings.Contains(string(data), "aHVudGVy") {
		t.Errorf("a Secret's content is in the state (%v)", err)
	}

	cand = c.resumed(cand)
	c.must("promote", cand.PromoteStable(ctx))
	promoted := c.everything()
	for _, obj := range next[:3] {
		want, err := applied(obj)
		c.must("encode", err)
		r := deployments
		if obj.GetKind() != "Deployment" {
			r = configItem{Kind: obj.GetKind()}.resource()
		}
		if got := c.get(r, obj.GetName()); got.GetAnnotations()[lastApplied] != want {
			t.Errorf("%s: kubectl apply would find something to do:\n%s\n%s", ref(got), got.GetAnnotations()[lastApplied], want)
		}
	}
	if got := content(c.get(secrets, "token")); got["data/token"] != "aHVudGVyMw==" {
		t.Error("the Secret is not the new one")
	}
	if again := c.open(c.manifests(next[:3])); again.Differs() || len(again.state.Fields) > 0 {
		t.Errorf("what was promoted still differs: %+v", again.state.Fields)
	}

	cand = c.resumed(cand)
	c.must("revert", cand.RevertStable(ctx))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before after the way back:\n%s", d)
	}
	c.must("promote once more", cand.PromoteStable(ctx))
	if d := cmp.Diff(promoted, c.everything()); d != "" {
		t.Errorf("a second promotion gives something else:\n%s", d)
	}
	c.must("remove", c.resumed(cand).Remove(ctx))
	if left := c.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if got := content(c.get(configMaps, "extra-7k2")); got["data/a"] != "b" {
		t.Error("the new ConfigMap of the promoted version is gone")
	}
}

func TestRolledBackManifestsLeaveNothing(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	ctx, before := t.Context(), c.everything()
	next := append(c.version("level: info", "level: debug"), parse(t, hashedYAML))
	next[3].SetNamespace(c.namespace)
	cand := c.open(c.manifests(next))
	c.must("create", cand.Create(ctx, 100))
	c.must("revert", cand.RevertStable(ctx))
	c.must("remove", cand.Remove(ctx))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before:\n%s", d)
	}
	if left := c.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	c.gone(configMaps, "extra-7k2")
}

func TestConfigAloneRestartsStable(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	ctx := t.Context()
	next := c.version("level: info", "level: debug")
	cand := c.open(c.manifests(next))
	if !cand.Differs() {
		t.Fatal("changed settings are no difference")
	}
	c.must("create", cand.Create(ctx, 100))
	generation := c.get(deployments, "sample").GetGeneration()
	c.must("promote", cand.PromoteStable(ctx))
	dep := c.get(deployments, "sample")
	if dep.GetGeneration() == generation {
		t.Error("stable's Pods were not restarted: they run with the old settings")
	}
	c.must("promote again", cand.PromoteStable(ctx))
	if again := c.get(deployments, "sample"); again.GetGeneration() != dep.GetGeneration() {
		t.Error("stable was restarted twice")
	}
	c.must("remove", cand.Remove(ctx))
	if again := c.open(c.manifests(next)); again.Differs() {
		t.Errorf("what was promoted still differs: %v", again.Plan().Changes)
	}
}

// A new driver touches what it may write; that is no change by somebody else.
func TestATakeoverIsNoChangeOfSettings(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	ctx, before := t.Context(), c.everything()
	cand := c.open(c.manifests(c.version(oldImage, newImage, "level: info", "level: debug", "hunter2", "hunter3")))
	c.must("create", cand.Create(ctx, 1))
	c.takenOver(cand)
	cand = c.resumed(cand)
	c.takenOver(cand)
	c.must("promote", cand.PromoteStable(ctx))
	c.takenOver(cand)
	c.must("revert", cand.RevertStable(ctx))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before:\n%s", d)
	}
	c.patch(configMaps, "settings", `{"data":{"level":"trace"}}`)
	c.takenOver(cand)
	var conflict *ConflictError
	if err := cand.PromoteStable(ctx); !errors.As(err, &conflict) {
		t.Errorf("promote over somebody else's settings: %v", err)
	}
}

func TestSomebodyElseChangesConfig(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	cand := c.open(c.manifests(c.version(oldImage, newImage, "level: info", "level: debug")))
	c.must("create", cand.Create(t.Context(), 1))
	c.patch(configMaps, "settings", `{"data":{"level":"trace"}}`)
	before := c.everything()
	err := cand.PromoteStable(t.Context())
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Object != "ConfigMap "+c.namespace+"/settings" {
		t.Errorf("promote: %v", err)
	}
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("something was overwritten:\n%s", d)
	}
}

func TestBadManifestIsKnownBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(healthy)
	c.kubectlApplied(c.version())
	for _, tc := range []struct{ reason, from, to, text string }{
		{"a name that cannot be", "name: app", "name: No_Such", "No_Such"},
		{"a number for a text", "labels: {app: sample}}\nspec", "labels: {app: sample, n: 1}}\nspec", "cannot unmarshal number"},
	} {
		_, err := Open(t.Context(), Clients{Dynamic: c.dynamic}, c.manifests(c.version(tc.from, tc.to)))
		if err == nil || !strings.Contains(err.Error(), "Deployment "+c.namespace+"/sample") || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: error %v", tc.reason, err)
			continue
		}
		if strings.Contains(err.Error(), "terminationGracePeriodSeconds") {
			t.Errorf("%s: the error quotes the whole object: %v", tc.reason, err)
		}
	}
}
