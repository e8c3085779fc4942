package session_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/workload"
)

// settings are a ConfigMap and a Secret of the sample's; the Secret is the same
// in all versions.
func settings(level string) string {
	return `---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: ` + level + `}}
---
{apiVersion: v1, kind: Secret, metadata: {name: token}, data: {token: aHVudGVyMg==}}
`
}

// withSettings gives the shop settings, and its Deployment their use. The result
// is a file with the manifests of the next version.
func withSettings(t *testing.T, client dynamic.Interface, ns string, edits ...string) (file string) {
	t.Helper()
	for _, doc := range strings.Split(settings("info"), "---\n")[1:] {
		obj := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &obj.Object); err != nil {
			t.Fatal(err)
		}
		gvr := schema.GroupVersionResource{Version: "v1", Resource: strings.ToLower(obj.GetKind()) + "s"}
		if _, err := client.Resource(gvr).Namespace(ns).Create(t.Context(), obj, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	api := client.Resource(resources["Deployment"]).Namespace(ns)
	dep, err := api.Get(t.Context(), "sample", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := unstructured.NestedSlice(dep.Object, "spec", "template", "spec", "containers")
	list[0].(map[string]any)["envFrom"] = []any{
		map[string]any{"configMapRef": map[string]any{"name": "settings"}}, map[string]any{"secretRef": map[string]any{"name": "token"}},
	}
	_ = unstructured.SetNestedSlice(dep.Object, list, "spec", "template", "spec", "containers")
	if dep, err = api.Update(t.Context(), dep, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	dep.Object["metadata"] = map[string]any{"name": "sample", "labels": dep.Object["metadata"].(map[string]any)["labels"]}
	delete(dep.Object, "status")
	text, err := yaml.Marshal(dep.Object)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "next.yaml")
	next := strings.NewReplacer(append([]string{"level: info", "level: debug"}, edits...)...).Replace(string(text) + settings("info"))
	if err := os.WriteFile(file, []byte(next), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What TestEachMissingVerbIsNamed is for an image, of what only manifests need.
func TestEachVerbThatManifestsMissIsNamed(t *testing.T) {
	t.Parallel()
	admin, client := shop(t)
	kube, err := kubernetes.NewForConfig(admin.Config)
	if err != nil {
		t.Fatal(err)
	}
	prometheus, all, file := noTraffic(t), permissions(shippedRole(t)), withSettings(t, client, admin.Namespace)
	plan := func(without permission) string {
		return plan(t, kube, admin, prometheus, all, without, []string{file})
	}
	if said := plan(permission{}); strings.HasPrefix(said, refusal) {
		t.Fatalf("with all of the Role: %s", said)
	}
	for p, why := range elsewhere {
		if !strings.HasPrefix(why, "a rollout from manifests") {
			continue
		}
		if said := plan(p); !strings.HasPrefix(said, refusal) || !strings.Contains(said, p.resource) || !names(said, p.verb) {
			t.Errorf("without %q: the user is told: %s", p, said)
		}
	}
}

// The Role is enough for all that is written, there and back, and for a takeover.
func TestTheRoleIsEnoughForManifests(t *testing.T) {
	t.Parallel()
	admin, client := shop(t)
	file := withSettings(t, client, admin.Namespace, "aHVudGVyMg==", "aHVudGVyMw==")
	kubelet := &abandoned{t: t, ns: admin.Namespace, client: client}
	go kubelet.kubelet()
	as := asHeadgate(t, admin, "rbac")
	objects, err := manifest.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	cand := opened(t, as, objects)
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"create", func() error { return cand.Create(t.Context(), 100) }},
		{"take over", func() error { return touch(t, as, cand) }},
		{"promote", func() error { return cand.PromoteStable(t.Context()) }},
		{"revert", func() error { return cand.RevertStable(t.Context()) }},
		{"promote again", func() error { return cand.PromoteStable(t.Context()) }},
		{"remove", func() error { return cand.Remove(t.Context()) }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
	}
	secret, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}).Namespace(admin.Namespace).Get(t.Context(), "token", metav1.GetOptions{})
	if got, _, _ := unstructured.NestedString(secret.Object, "data", "token"); err != nil || got != "aHVudGVyMw==" {
		t.Errorf("the Secret is not the new one (%v)", err)
	}
}

// opened is a candidate in the hands of that account.
func opened(t *testing.T, as *cluster.Cluster, objects []*unstructured.Unstructured) *workload.Candidate {
	t.Helper()
	cand, err := workload.Open(t.Context(), workload.Clients{Dynamic: as.Dynamic}, workload.Options{Namespace: as.Namespace, Name: "sample", Manifests: objects})
	if err != nil {
		t.Fatal(err)
	}
	return cand
}

// touch has another driver take over.
func touch(t *testing.T, as *cluster.Cluster, cand *workload.Candidate) error {
	t.Helper()
	_, lease, err := journal.New(as.Dynamic, as.Namespace).Acquire(t.Context(), "sample", "second")
	if err != nil {
		return err
	}
	defer func() { _ = lease.Release(context.WithoutCancel(t.Context())) }()
	return cand.Each(t.Context(), lease.Touch)
}
