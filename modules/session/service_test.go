package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session"
)

// another makes a Service with a selector.
func another(t *testing.T, client dynamic.Interface, ns, name string, selector map[string]any) {
	t.Helper()
	serve(t, client, ns, name, map[string]any{"selector": selector})
}

// headless makes a Service before the sample's Pods that has no address.
func headless(t *testing.T, client dynamic.Interface, ns, name string) {
	t.Helper()
	serve(t, client, ns, name, map[string]any{"selector": map[string]any{"app": "sample"}, "clusterIP": "None"})
}

func serve(t *testing.T, client dynamic.Interface, ns, name string, spec map[string]any) {
	t.Helper()
	spec["ports"] = []any{map[string]any{"name": "http", "port": int64(80), "targetPort": "http"}}
	svc := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name}, "spec": spec,
	}}
	if _, err := client.Resource(watched[1]).Namespace(ns).Create(t.Context(), svc, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// otherApp deploys an app that is no version of the sample.
func otherApp(t *testing.T, client dynamic.Interface, ns string) {
	t.Helper()
	api := client.Resource(watched[0]).Namespace(ns)
	obj, err := api.Get(t.Context(), "sample", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"app": "billing", "version": "stable"}
	made := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "spec": obj.Object["spec"]}}
	made.SetName("billing")
	for _, at := range [][]string{{"spec", "selector", "matchLabels"}, {"spec", "template", "metadata", "labels"}} {
		if err := unstructured.SetNestedStringMap(made.Object, labels, at...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := api.Create(t.Context(), made, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	another(t, client, ns, "billing", map[string]any{"app": "billing"})
}

// TestGateComparesVersionsOfOneService: another app's answers are no evidence.
func TestGateComparesVersionsOfOneService(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	otherApp(t, client, c.Namespace)
	exam := session.Exam{Compare: true, Candidate: "billing", For: time.Second, Interval: time.Second}
	examine := func() string {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := session.Examine(ctx, c, wanted(t, c.Namespace, nil), exam)
		if err == nil {
			t.Fatal("two apps were compared")
		}
		return err.Error()
	}
	said := examine()
	for _, part := range []string{"deployment " + c.Namespace + "/billing is no version of service sample", "app=sample", "--candidate"} {
		if !strings.Contains(said, part) {
			t.Errorf("the message lacks %q: %s", part, said)
		}
	}
	change(t, client, c.Namespace, "virtualservices", "sample", func(o *unstructured.Unstructured) {
		http, _, _ := unstructured.NestedSlice(o.Object, "spec", "http")
		route := http[0].(map[string]any)
		route["route"] = append(route["route"].([]any), map[string]any{"destination": map[string]any{"host": "billing"}, "weight": int64(0)})
		_ = unstructured.SetNestedSlice(o.Object, http, "spec", "http")
	})
	if said := examine(); !strings.Contains(said, "envoy") { // it comes as far as the metrics
		t.Errorf("one route sends to both, and yet: %s", said)
	}
}

// TestOtherServicesOfTheSamePodsAreTold: a plan says what their callers get.
func TestOtherServicesOfTheSamePodsAreTold(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	another(t, client, c.Namespace, "inside", map[string]any{"app": "sample"})
	another(t, client, c.Namespace, "pinned", map[string]any{"app": "sample", "version": "stable"})
	s, err := session.Open(t.Context(), c, wanted(t, c.Namespace, func(r *release.Release) {
		r.Spec.Metrics = release.Metrics{Source: release.SourcePrometheus, Prometheus: &release.Prometheus{URL: idlePrometheus(t)}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(p.Warnings, "\n")
	for _, want := range []string{
		"service " + c.Namespace + "/inside selects the Pods of both versions", "(version=stable)",
		"service " + c.Namespace + "/pinned selects stable's Pods, too, and not the candidate's",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the plan does not say %q:\n%s", want, all)
		}
	}
}
