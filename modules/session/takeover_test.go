package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

// resources by kind, as the golden journals hold them.
var resources = map[string]schema.GroupVersionResource{
	"Service": {Version: "v1", Resource: "services"}, "ConfigMap": {Version: "v1", Resource: "configmaps"},
	"Deployment":      {Group: "apps", Version: "v1", Resource: "deployments"},
	"VirtualService":  {Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"},
	"DestinationRule": {Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"},
}

// abandoned is a namespace with a rollout in it whose driver is gone: what stood
// there when a headgate of journal version 1 was killed at 50%.
type abandoned struct {
	t      *testing.T
	ns     string
	config *rest.Config
	client dynamic.Interface
}

// waits are the engine's settings in a journal that a test without traffic
// shortens.
var waits = regexp.MustCompile(`\\"(route|drain|settle)\\":\d+`)

func openAbandoned(t *testing.T) *abandoned { return openAbandonedOf(t, "user") }

// openAbandonedOf is one whose stable got its version from a field manager.
func openAbandonedOf(t *testing.T, manager string) *abandoned {
	t.Helper()
	server := apiserver.Shared(t)
	a := &abandoned{t: t, ns: server.Namespace(t), config: server.Config}
	_, a.client = connect(t, server.Config, a.ns)
	data, err := os.ReadFile("testdata/journal-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("NAMESPACE"), []byte(a.ns))
	data = waits.ReplaceAll(data, []byte(`\"$1\":1000000000`))
	list := &unstructured.UnstructuredList{}
	if err := json.Unmarshal(data, list); err != nil {
		t.Fatal(err)
	}
	uid, written := "", ""
	for i := range list.Items {
		obj := &list.Items[i]
		if obj.GetKind() == "ConfigMap" {
			text, _ := json.Marshal(obj.Object)
			if manager != "user" { // as the record of that headgate has it
				text = bytes.ReplaceAll(text, []byte(`STABLE-UID\",`), []byte(`STABLE-UID\",\"written\":\"`+written+`\",`))
			}
			_ = json.Unmarshal(bytes.ReplaceAll(text, []byte("STABLE-UID"), []byte(uid)), &obj.Object)
		}
		made, err := a.client.Resource(resources[obj.GetKind()]).Namespace(a.ns).Create(t.Context(), obj, metav1.CreateOptions{FieldManager: manager})
		if err != nil {
			t.Fatal(err)
		}
		if obj.GetKind() == "Deployment" && obj.GetName() == "sample" {
			uid, written = string(made.GetUID()), made.GetManagedFields()[0].Time.UTC().Format(time.RFC3339)
		}
	}
	go a.kubelet()
	return a
}

// kubelet has Deployments be ready at once, and those that are deleted be gone:
// nothing else here runs Pods.
func (a *abandoned) kubelet() {
	api, ctx := a.client.Resource(resources["Deployment"]).Namespace(a.ns), a.t.Context()
	for ctx.Err() == nil {
		list, err := api.List(ctx, metav1.ListOptions{})
		if err == nil {
			for i := range list.Items {
				a.settle(ctx, api, &list.Items[i])
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (a *abandoned) settle(ctx context.Context, api dynamic.ResourceInterface, dep *unstructured.Unstructured) {
	if dep.GetDeletionTimestamp() != nil {
		_, _ = api.Patch(ctx, dep.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}) // tried again
		return
	}
	n, found, _ := unstructured.NestedInt64(dep.Object, "spec", "replicas")
	if !found {
		n = 1
	}
	seen, _, _ := unstructured.NestedInt64(dep.Object, "status", "observedGeneration")
	if seen == dep.GetGeneration() {
		return
	}
	dep.Object["status"] = map[string]any{"observedGeneration": dep.GetGeneration(), "replicas": n, "updatedReplicas": n, "readyReplicas": n, "availableReplicas": n,
		"conditions": []any{map[string]any{"type": "Available", "status": "True"}, map[string]any{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}}}
	_, _ = api.UpdateStatus(ctx, dep, metav1.UpdateOptions{}) // tried again
}

// cluster is a connection of its own, as another process has one.
func (a *abandoned) cluster(wrap func(*rest.Config)) *cluster.Cluster {
	config := rest.CopyConfig(a.config)
	if wrap != nil {
		wrap(config)
	}
	c, _ := connect(a.t, config, a.ns)
	return c
}

func (a *abandoned) get(kind, name string) *unstructured.Unstructured {
	a.t.Helper()
	obj, err := a.client.Resource(resources[kind]).Namespace(a.ns).Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		a.t.Fatal(err)
	}
	return obj
}

// asWritten fails unless routes and rules are as the user wrote them, and no
// candidate is left.
func (a *abandoned) asWritten(image string) {
	a.t.Helper()
	for kind, want := range map[string]string{
		"VirtualService":  `[{"name":"primary","route":[{"destination":{"host":"sample","subset":"stable"}`,
		"DestinationRule": `"subsets":[{"labels":{"version":"stable"},"name":"stable"}]`,
		"Deployment":      `"image":"` + image + `"`,
	} {
		obj := a.get(kind, "sample")
		spec, _ := json.Marshal(obj.Object["spec"])
		if !strings.Contains(string(spec), want) || strings.Contains(string(spec), "canary") {
			a.t.Errorf("%s: %s", kind, spec)
		}
		for key := range obj.GetAnnotations() {
			if strings.HasPrefix(key, "headgate.dev/") {
				a.t.Errorf("%s keeps the annotation %s", kind, key)
			}
		}
	}
	if _, err := a.client.Resource(resources["Deployment"]).Namespace(a.ns).Get(context.Background(), "sample-canary", metav1.GetOptions{}); err == nil {
		a.t.Error("the candidate is left")
	}
}

func TestARolloutOfAnOlderHeadgateIsFinished(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		do      session.Action
		verdict report.Verdict
		image   string
	}{
		{session.Rollback, report.RolledBack, "headgate/sample:1.0.0"},
		{session.Promote, report.Promoted, "headgate/sample:1.1.0"},
	} {
		t.Run(string(tt.do), func(t *testing.T) {
			t.Parallel()
			a := openAbandoned(t)
			res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: tt.do})
			if err != nil || res.Verdict != tt.verdict {
				t.Fatalf("got %+v, %v", res, err)
			}
			a.asWritten(tt.image)
			journal := a.get("ConfigMap", "headgate-sample")
			data, _, _ := unstructured.NestedStringMap(journal.Object, "data")
			if journal.GetLabels()["headgate.dev/phase"] != string(tt.verdict) || !strings.Contains(data["log"], string(tt.verdict)+": ") {
				t.Errorf("kubectl shows %v: %s", journal.GetLabels(), data["log"])
			}
			if again, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: tt.do}); err != nil || again.Verdict != tt.verdict {
				t.Errorf("asked again there is nothing to do: %+v, %v", again, err)
			}
		})
	}
}

func TestRollbackNeedsOnlyTheJournal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		kind, gone string
	}{
		{"the candidate was deleted", "Deployment", "sample-canary"},
		{"the route was deleted", "VirtualService", "sample"},
		{"the rule was deleted", "DestinationRule", "sample"},
		{"the service was deleted", "Service", "sample"},
		{"stable was deleted", "Deployment", "sample"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := openAbandoned(t)
			if err := a.client.Resource(resources[tt.kind]).Namespace(a.ns).Delete(t.Context(), tt.gone, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback})
			if err != nil || res.Verdict != report.RolledBack {
				t.Fatalf("got %+v, %v", res, err)
			}
			for kind, name := range map[string]string{"VirtualService": "sample", "DestinationRule": "sample", "Deployment": "sample-canary"} {
				obj, err := a.client.Resource(resources[kind]).Namespace(a.ns).Get(t.Context(), name, metav1.GetOptions{})
				if err != nil {
					continue // gone, as it was or as it should
				}
				if text, _ := json.Marshal(obj.Object["spec"]); strings.Contains(string(text), "canary") {
					t.Errorf("the rest was not put back: %s: %s", kind, text)
				}
			}
		})
	}
}

// TestWhoTakesUpIsNotWarnedAgain: warnings come once a rollout, and stay on record.
func TestWhoTakesUpIsNotWarnedAgain(t *testing.T) {
	t.Parallel()
	a := openAbandoned(t)
	patch := func(data string) []byte {
		text, _ := json.Marshal(map[string]any{"data": map[string]string{"rollout.json": data}})
		return text
	}
	data, _, _ := unstructured.NestedString(a.get("ConfigMap", "headgate-sample").Object, "data", "rollout.json")
	warned := strings.Replace(data, `{"version":1,`, `{"version":1,"warnings":["not permitted: list events"],`, 1)
	if _, err := a.client.Resource(resources["ConfigMap"]).Namespace(a.ns).Patch(t.Context(), "headgate-sample", types.MergePatchType, patch(warned), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	told := 0
	res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback, Observe: func(e rollout.Event) {
		if e.Kind == rollout.EventWarning && strings.Contains(e.Text, "list events") {
			told++
		}
	}})
	if err != nil || told > 0 || len(res.Warnings) == 0 || res.Warnings[0] != "not permitted: list events" {
		t.Errorf("told %d times; on record: %v, %v", told, res, err)
	}
}
