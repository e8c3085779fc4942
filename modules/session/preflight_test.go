package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
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
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
	"github.com/headgate-ci/headgate/testenv/apiserver"
)

func TestMain(m *testing.M) { os.Exit(apiserver.Main(m)) }

// shop is a namespace with the sample's own manifests in it.
func shop(t *testing.T) (*cluster.Cluster, dynamic.Interface) {
	t.Helper()
	server := apiserver.Shared(t)
	ns := server.Namespace(t)
	objects, err := demo.Objects("overlays/dev")
	if err != nil {
		t.Fatal(err)
	}
	apply, err := manifest.NewApplier(server.Config, ns)
	if err != nil {
		t.Fatal(err)
	}
	kept := objects[:0]
	for _, o := range objects {
		if o.GetKind() == "Namespace" {
			continue
		}
		o.SetNamespace(ns)
		kept = append(kept, o)
	}
	if err := apply.Apply(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	return connect(t, server.Config, ns)
}

func connect(t *testing.T, cfg *rest.Config, ns string) (*cluster.Cluster, dynamic.Interface) {
	t.Helper()
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &cluster.Cluster{Config: cfg, Dynamic: client, Namespace: ns}, client
}

func wanted(t *testing.T, ns string, edit func(*release.Release)) *release.Release {
	t.Helper()
	rel, err := release.New("sample", ns, "headgate/sample:1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(rel)
	}
	return rel
}

var watched = []schema.GroupVersionResource{
	{Group: "apps", Version: "v1", Resource: "deployments"},
	{Version: "v1", Resource: "services"}, {Version: "v1", Resource: "configmaps"}, {Version: "v1", Resource: "secrets"},
	{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}, {Group: "batch", Version: "v1", Resource: "jobs"},
	{Version: "v1", Resource: "serviceaccounts"}, {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"},
	{Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"},
}

// versions tell every object as it is from one that was written to: the same
// before and after means that nothing was written.
func versions(t *testing.T, client dynamic.Interface, ns string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, gvr := range watched {
		list, err := client.Resource(gvr).Namespace(ns).List(context.WithoutCancel(t.Context()), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list.Items {
			out[gvr.Resource+"/"+o.GetName()] = versionOf(&o)
		}
	}
	return out
}

// versionOf changes with every write but for those of the Deployment controller,
// which writes its status, and the revision with it, whenever it comes to it.
func versionOf(o *unstructured.Unstructured) string {
	if o.GetKind() != "Deployment" {
		return o.GetResourceVersion()
	}
	o = o.DeepCopy()
	unstructured.RemoveNestedField(o.Object, "status")
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
	if len(o.GetAnnotations()) == 0 {
		o.SetAnnotations(nil)
	}
	o.SetResourceVersion("")
	o.SetManagedFields(slices.DeleteFunc(o.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Subresource == "status" }))
	data, _ := json.Marshal(o) // it was decoded from JSON
	return fmt.Sprintf("%x", sha256.Sum256(data))[:12]
}

func remove(t *testing.T, client dynamic.Interface, ns, group, resource, name string) {
	t.Helper()
	gvr := schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}
	if err := client.Resource(gvr).Namespace(ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, client dynamic.Interface, ns, resource, name string, edit func(*unstructured.Unstructured)) {
	t.Helper()
	api := client.Resource(schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: resource}).Namespace(ns)
	obj, err := api.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	edit(obj)
	if _, err := api.Update(t.Context(), obj, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// onlyConnections has the sample's route carry connections, as to a database.
func onlyConnections(t *testing.T, client dynamic.Interface, ns string) {
	change(t, client, ns, "virtualservices", "sample", func(o *unstructured.Unstructured) {
		spec := o.Object["spec"].(map[string]any)
		delete(spec, "http")
		spec["tcp"] = []any{map[string]any{"route": []any{map[string]any{"destination": map[string]any{"host": "sample", "subset": "stable"}}}}}
	})
}

// noSeries is a Prometheus that has counted nothing.
func noSeries(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestBadInputNamesTheObjectAndWritesNothing(t *testing.T) {
	t.Parallel()
	empty := noSeries(t)
	tests := []struct {
		name  string
		spoil func(t *testing.T, client dynamic.Interface, ns string)
		edit  func(*release.Release)
		want  []string // parts of the message; NS stands for the namespace
	}{
		{"no such deployment", nil, func(r *release.Release) { r.Spec.Target.Name = "nosuch" },
			[]string{"deployment NS/nosuch", "spec.target"}},
		{"it is no deployment", func(t *testing.T, c dynamic.Interface, ns string) {
			labels := map[string]any{"app": "db"}
			set := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": map[string]any{"name": "db"},
				"spec": map[string]any{"serviceName": "db", "selector": map[string]any{"matchLabels": labels}, "template": map[string]any{"metadata": map[string]any{"labels": labels},
					"spec": map[string]any{"containers": []any{map[string]any{"name": "db", "image": "db:1"}}}}}}}
			if _, err := c.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}).Namespace(ns).Create(t.Context(), set, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}, func(r *release.Release) { r.Spec.Target.Name = "db" },
			[]string{"NS/db is a StatefulSet", "rolls out Deployments"}},
		{"no such service", nil, func(r *release.Release) { r.Spec.Service = "nosuch" },
			[]string{"service NS/nosuch", "spec.service"}},
		{"the service is another app's", func(t *testing.T, c dynamic.Interface, ns string) {
			another(t, c, ns, "billing", map[string]any{"app": "billing"})
		}, func(r *release.Release) { r.Spec.Service = "billing" },
			[]string{"service NS/billing does not select the Pods of deployment sample", "app=billing", "app=sample", "correct spec.service"}},
		{"the service selects nothing", func(t *testing.T, c dynamic.Interface, ns string) {
			another(t, c, ns, "bare", nil)
		}, func(r *release.Release) { r.Spec.Service = "bare" },
			[]string{"service NS/bare does not select the Pods of deployment sample", "selects nothing"}},
		{"the service is headless", func(t *testing.T, c dynamic.Interface, ns string) {
			remove(t, c, ns, "", "services", "sample")
			headless(t, c, ns, "sample")
		}, nil, []string{"Service NS/sample is headless", "VirtualService NS/sample", "gateways only"}},
		{"no service selects the pods", func(t *testing.T, c dynamic.Interface, ns string) { remove(t, c, ns, "", "services", "sample") }, nil,
			[]string{"no Service in namespace NS selects", "spec.service"}},
		{"no route to the service", func(t *testing.T, c dynamic.Interface, ns string) {
			remove(t, c, ns, "networking.istio.io", "virtualservices", "sample")
		}, nil, []string{"VirtualService", "sample"}},
		{"the named route does not exist", nil, func(r *release.Release) { r.Spec.Routes = []release.Route{{Kind: "VirtualService", Name: "nosuch"}} },
			[]string{"VirtualService NS/nosuch"}},
		{"stable's subset is missing in the rule", func(t *testing.T, c dynamic.Interface, ns string) {
			change(t, c, ns, "destinationrules", "sample", func(o *unstructured.Unstructured) {
				_ = unstructured.SetNestedSlice(o.Object, []any{map[string]any{"name": "other", "labels": map[string]any{"version": "other"}}}, "spec", "subsets")
			})
		}, nil, []string{"subset", "stable", "DestinationRule"}},
		{"no such container", nil, func(r *release.Release) {
			r.Spec.Candidate.Image, r.Spec.Candidate.Images = "", map[string]string{"nosuch": "x:1"}
		}, []string{"nosuch", "sample"}},
		{"nobody counts requests", nil, nil, []string{"envoy", "istio-injection"}},
		{"nothing counts how long connections take", onlyConnections, func(r *release.Release) {
			r.Spec.Gates = append(r.Spec.Gates, release.Gate{Name: "latency-p99", Method: release.Sequential, Latency: &release.LatencyGate{Quantile: .99, Max: &release.Duration{Duration: time.Second}}})
		}, []string{"gate latency-p99 asks how long requests take", "connections (tcp, tls)"}},
		{"nothing counts the connections", onlyConnections, func(r *release.Release) {
			r.Spec.Metrics = release.Metrics{Source: release.SourcePrometheus, Prometheus: &release.Prometheus{URL: empty.URL, Reporter: release.ReporterSource, Timeout: release.Duration{Duration: 5 * time.Second}}}
		}, []string{"nothing counts those to sample.NS.svc.cluster.local", "no gate could ever decide", "istio_tcp_connections_opened_total", "gates: []"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, client := shop(t)
			if tt.spoil != nil {
				tt.spoil(t, client, c.Namespace)
			}
			before := versions(t, client, c.Namespace)
			_, err := attempt(t.Context(), c, wanted(t, c.Namespace, tt.edit))
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, part := range tt.want {
				if part = strings.ReplaceAll(part, "NS", c.Namespace); !strings.Contains(err.Error(), part) {
					t.Errorf("the message lacks %q: %v", part, err)
				}
			}
			if after := versions(t, client, c.Namespace); !maps.Equal(before, after) {
				t.Errorf("something was written:\nbefore %v\nafter  %v", before, after)
			}
		})
	}
}

func TestAWrongNameWritesNothing(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	leases := client.Resource(schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}).Namespace(c.Namespace)
	before, err := leases.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []session.Action{session.Resume, session.Promote, session.Rollback} {
		_, err := session.Take(t.Context(), c, "nosuch", session.TakeOver{Do: do})
		if err == nil || !strings.Contains(err.Error(), c.Namespace+"/nosuch") || !strings.Contains(err.Error(), "headgate list -A") {
			t.Errorf("%s: got %v", do, err)
		}
	}
	second := int64(1)
	since, err := leases.Watch(t.Context(), metav1.ListOptions{ResourceVersion: before.GetResourceVersion(), TimeoutSeconds: &second})
	if err != nil {
		t.Fatal(err)
	}
	for e := range since.ResultChan() {
		t.Errorf("a Lease was written: %s", e.Type)
	}
}

func attempt(ctx context.Context, c *cluster.Cluster, rel *release.Release) (any, error) {
	s, err := session.Open(ctx, c, rel)
	if err != nil {
		return nil, err
	}
	return s.Run(ctx, session.RunOptions{})
}

func TestAJobThatIsRunAgainHasNothingToDo(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	before := versions(t, client, c.Namespace)
	got, err := attempt(t.Context(), c, wanted(t, c.Namespace, func(r *release.Release) { r.Spec.Candidate.Image = "headgate/sample:1.0.0" }))
	if err != nil {
		t.Fatal(err)
	}
	res, ok := got.(*report.Result)
	if !ok || res.Verdict != report.Unchanged || res.Verdict.ExitCode() != 0 || !strings.Contains(res.Reason, c.Namespace+"/sample runs that version already") {
		t.Errorf("got %+v", got)
	}
	if after := versions(t, client, c.Namespace); !maps.Equal(before, after) {
		t.Error("something was written")
	}
}

func TestNoPermissionIsSaidBeforehand(t *testing.T) {
	t.Parallel()
	admin, client := shop(t)
	cfg := rest.CopyConfig(admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: "nobody", Groups: []string{"system:authenticated"}}
	if err := allowReading(t, client, admin.Namespace); err != nil {
		t.Fatal(err)
	}
	c, _ := connect(t, cfg, admin.Namespace)
	before := versions(t, client, admin.Namespace)
	_, err := attempt(t.Context(), c, wanted(t, admin.Namespace, nil))
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, part := range []string{"patch virtualservices.networking.istio.io in namespace " + admin.Namespace, "create deployments.apps", "headgate rbac -n " + admin.Namespace} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q: %v", part, err)
		}
	}
	if after := versions(t, client, admin.Namespace); !maps.Equal(before, after) {
		t.Error("something was written")
	}
}

// Who may do nothing at all is told everything at once, not the first refusal.
func TestAllMissingRightsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	admin, _ := shop(t)
	cfg := rest.CopyConfig(admin.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: "nobody", Groups: []string{"system:authenticated"}}
	c, _ := connect(t, cfg, admin.Namespace)
	_, err := attempt(t.Context(), c, wanted(t, admin.Namespace, nil))
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, right := range []string{"get configmaps", "create leases.coordination.k8s.io", "list services", "patch deployments.apps", "patch virtualservices.networking.istio.io", "patch destinationrules.networking.istio.io", "headgate rbac -n " + admin.Namespace} {
		if !strings.Contains(err.Error(), right) {
			t.Errorf("the message lacks %q: %v", right, err)
		}
	}
	if strings.Count(err.Error(), "headgate rbac") != 1 {
		t.Errorf("the way out is told more than once: %v", err)
	}
}

// allowReading gives the user "nobody" what kubectl's view role has, and no more.
func allowReading(t *testing.T, client dynamic.Interface, ns string) error {
	t.Helper()
	rbac := func(resource string) dynamic.ResourceInterface {
		return client.Resource(schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: resource}).Namespace(ns)
	}
	role := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": map[string]any{"name": "reader"},
		"rules": []any{map[string]any{"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"get", "list", "watch"}}}}}
	if _, err := rbac("roles").Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		return err
	}
	binding := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": map[string]any{"name": "reader"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
		"subjects": []any{map[string]any{"kind": "User", "name": "nobody", "apiGroup": "rbac.authorization.k8s.io"}}}}
	_, err := rbac("rolebindings").Create(t.Context(), binding, metav1.CreateOptions{})
	return err
}
