package deploy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/traffic/istio"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

const shop = `
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop, version: stable}}
  template:
    metadata: {labels: {app: shop, version: stable}}
    spec:
      containers: [{name: shop, image: "shop:1"}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec:
  host: shop
  subsets: [{name: stable, labels: {version: stable}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - route:
    - destination: {host: shop, subset: stable}
`

func connect(t *testing.T) *cluster.Cluster {
	t.Helper()
	s := apiserver.Shared(t)
	client, err := dynamic.NewForConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	return &cluster.Cluster{Config: s.Config, Dynamic: client, Namespace: s.Namespace(t)}
}

func objects(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	objs, err := manifest.Decode("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return objs
}

func apply(t *testing.T, c *cluster.Cluster, text string, o deploy.Options) *deploy.Result {
	t.Helper()
	res, err := deploy.Apply(t.Context(), c, objects(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// begin moves half of the shop's traffic to a candidate, as a Rollout does that
// is then left where it stands.
func begin(t *testing.T, c *cluster.Cluster) (*istio.Split, *journal.Record) {
	t.Helper()
	split, err := istio.Find(t.Context(), c.Dynamic, traffic.Target{Namespace: c.Namespace, Service: "shop", StableLabels: map[string]string{"app": "shop", "version": "stable"}})
	if err == nil {
		err = split.Prepare(t.Context())
	}
	if err == nil {
		err = split.SetWeight(t.Context(), traffic.Weights{Candidate: 50})
	}
	if err != nil {
		t.Fatal(err)
	}
	state := rollout.NewState("one", c.Namespace, "shop", "canary", rollout.Canary([]rollout.CanaryStep{{Weight: 50}}), rollout.Settings{})
	state.Spec = json.RawMessage(`{"metadata":{"name":"shop"},"spec":{"target":{"kind":"Deployment","name":"shop"}}}`)
	if state.Routes, err = split.State(); err != nil {
		t.Fatal(err)
	}
	return split, save(t, c, state, &journal.Record{Release: "shop"})
}

func save(t *testing.T, c *cluster.Cluster, state *rollout.State, r *journal.Record) *journal.Record {
	t.Helper()
	data, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	r.Data, r.Phase = data, string(state.Phase)
	if err := journal.New(c.Dynamic, c.Namespace).Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestApplyKeepsAwayFromAnUnfinishedRollout(t *testing.T) {
	t.Parallel()
	c := connect(t)
	apply(t, c, shop, deploy.Options{})
	split, record := begin(t, c)

	for _, o := range []deploy.Options{{}, {Force: true}, {Force: true, DryRun: true}} {
		_, err := deploy.Apply(t.Context(), c, objects(t, strings.Replace(shop, "shop:1", "shop:2", 1)), o)
		var held *deploy.HeldError
		if !errors.As(err, &held) || held.Release != "shop" {
			t.Fatalf("%+v: got %v", o, err)
		}
		for _, part := range []string{"VirtualService " + c.Namespace + "/shop", "Deployment " + c.Namespace + "/shop", "headgate rollback shop -n " + c.Namespace} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q lacks %q", err, part)
			}
		}
	}
	if w, err := split.Weight(t.Context()); err != nil || w.Candidate != 50 {
		t.Errorf("the weight is %d, %v", w, err)
	}
	apply(t, c, "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}", deploy.Options{})

	if err := errors.Join(split.Restore(t.Context()), split.Cleanup(t.Context())); err != nil {
		t.Fatal(err)
	}
	state, err := rollout.DecodeState(record.Data)
	if err != nil {
		t.Fatal(err)
	}
	state.Phase = rollout.RolledBack
	save(t, c, state, record)
	for _, ch := range apply(t, c, shop, deploy.Options{}).Changes {
		if ch.Action != manifest.Unchanged {
			t.Errorf("after the rollout %s is %s:\n%s", ch, ch.Action, ch.Diff)
		}
	}
}

func TestNamespacesOfWorkloadsAreCreatedAndLabelled(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.Namespace += "-new"
	res := apply(t, c, shop, deploy.Options{NamespaceLabels: deploy.InjectLabels})
	if first := res.Changes[0]; first.Kind != "Namespace" || first.Action != manifest.Created {
		t.Errorf("first %s %s", first, first.Action)
	}
	ns, err := c.Dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Get(t.Context(), c.Namespace, metav1.GetOptions{})
	if err != nil || ns.GetLabels()["istio-injection"] != "enabled" {
		t.Errorf("labels %v, %v", ns.GetLabels(), err)
	}
	for _, ch := range apply(t, c, shop, deploy.Options{NamespaceLabels: deploy.InjectLabels}).Changes {
		if ch.Action != manifest.Unchanged || ch.Kind == "Namespace" {
			t.Errorf("again: %s %s", ch, ch.Action)
		}
	}
}

// The label of a namespace is a part of it, not its manifest.
func TestLabellingANamespaceTakesNothingFromIt(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.Namespace += "-kept"
	api := c.Dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	apiserver.KubectlApply(t, api, objects(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+c.Namespace+", labels: {team: core}}}")[0])
	apply(t, c, shop, deploy.Options{NamespaceLabels: deploy.InjectLabels})
	apply(t, c, shop, deploy.Options{NamespaceLabels: map[string]string{"stage": "dev"}})
	ns, err := api.Get(t.Context(), c.Namespace, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"team": "core", "istio-injection": "enabled", "stage": "dev"} {
		if ns.GetLabels()[k] != v {
			t.Errorf("label %s is %q, want %q", k, ns.GetLabels()[k], v)
		}
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	c := connect(t)
	res := apply(t, c, shop, deploy.Options{DryRun: true})
	if len(res.Changes) != 4 || !res.DryRun {
		t.Errorf("got %+v", res)
	}
	if changes, err := deploy.Compare(t.Context(), c, objects(t, shop), deploy.Options{}); err != nil || manifest.Same(changes) || changes[0].Action != manifest.Created {
		t.Errorf("something was written: %v, %v", changes, err)
	}
}

func TestAMissingNamespaceIsTold(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.Namespace = "no-such-place"
	_, err := deploy.Apply(t.Context(), c, objects(t, shop), deploy.Options{})
	if err == nil || !strings.Contains(err.Error(), "--create-namespace") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNotReadyIsExplained(t *testing.T) {
	t.Parallel()
	c := connect(t)
	pod := `
apiVersion: v1
kind: Pod
metadata: {name: shop-1, labels: {app: shop, version: stable}}
spec:
  containers: [{name: shop, image: "shop:1"}]
`
	apply(t, c, pod, deploy.Options{})
	api := c.Dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(c.Namespace)
	live, err := api.Get(t.Context(), "shop-1", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	live.Object["status"] = map[string]any{"phase": "Pending", "containerStatuses": []any{map[string]any{
		"name": "shop", "image": "shop:1", "imageID": "", "ready": false, "restartCount": int64(0),
		"state": map[string]any{"waiting": map[string]any{"reason": "ImagePullBackOff", "message": "no such image"}},
	}}}
	if _, err := api.UpdateStatus(t.Context(), live, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	res, err := deploy.Apply(t.Context(), c, objects(t, shop), deploy.Options{Wait: 100 * time.Millisecond})
	var late *manifest.NotReadyError
	if !errors.As(err, &late) || res == nil || *res.Ready || len(res.Pending) != 1 {
		t.Fatalf("got %+v, %v", res, err)
	}
	for _, part := range []string{"Deployment " + c.Namespace + "/shop", "ImagePullBackOff", "no such image"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

// TestTheShippedRolesSuffice applies, compares and waits with the rights of
// k8s/rbac and k8s/rbac/deploy, and nothing more.
func TestTheShippedRolesSuffice(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, dir := range []string{"rbac", "rbac/deploy"} {
		all, err := demo.Objects(dir)
		if err != nil {
			t.Fatal(err)
		}
		var mine []*unstructured.Unstructured
		for _, o := range all {
			if o.GetNamespace() != "demo" {
				continue // the gateway's
			}
			data, err := json.Marshal(o.Object)
			if err != nil {
				t.Fatal(err)
			}
			mine = append(mine, objects(t, strings.ReplaceAll(string(data), `"demo"`, `"`+c.Namespace+`"`))...)
		}
		if _, err := deploy.Apply(t.Context(), c, mine, deploy.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	config := rest.CopyConfig(c.Config)
	config.Impersonate.UserName = "system:serviceaccount:" + c.Namespace + ":headgate"
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	limited := &cluster.Cluster{Config: config, Dynamic: client, Namespace: c.Namespace}
	apply(t, limited, shop+"---\n{apiVersion: v1, kind: Secret, metadata: {name: shop}, stringData: {a: b}}", deploy.Options{})
	if changes, err := deploy.Compare(t.Context(), limited, objects(t, shop), deploy.Options{}); err != nil || !manifest.Same(changes) {
		t.Errorf("compare: %v, %v", changes, err)
	}
	_, err = deploy.Apply(t.Context(), limited, objects(t, shop), deploy.Options{Wait: 50 * time.Millisecond})
	var late *manifest.NotReadyError
	if !errors.As(err, &late) {
		t.Errorf("wait: %v", err)
	}
	_, err = deploy.Apply(t.Context(), limited, objects(t, "{apiVersion: v1, kind: Service, metadata: {name: x, namespace: default}, spec: {ports: [{port: 80}]}}"), deploy.Options{})
	if err == nil || !strings.Contains(err.Error(), "headgate rbac") {
		t.Errorf("elsewhere: %v", err)
	}
}
