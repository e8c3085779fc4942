package journeys_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	routes      = schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"}
	rules       = schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	pods        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	leases      = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// shop is the sample service in a namespace of the journey's own, with a host
// of its own at the ingress gateway.
type shop struct {
	t    *testing.T
	ns   string
	host string
	// program is run instead of the one under test, unless it is empty.
	program string
	// before are the user's objects as they stood before the rollout.
	before map[string]string
}

var shops atomic.Int32

// openShop deploys k8s/overlays/dev and waits until the gateway serves it.
func openShop(t *testing.T) *shop {
	t.Helper()
	needMesh(t)
	s := &shop{t: t, ns: fmt.Sprintf("shop-%d", shops.Add(1))}
	s.host = s.ns + ".example.com"
	objects, err := demo.Objects("overlays/dev")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		s.move(o)
	}
	apply, err := manifest.NewApplier(mesh.config, s.ns)
	if err != nil {
		t.Fatal(err)
	}
	if err := apply.Apply(t.Context(), objects); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	s.eventually("the gateway serves "+s.host, func() error { return s.get() })
	s.before = s.users()
	return s
}

// move puts an object of k8s/ into the journey's namespace and under its host.
func (s *shop) move(o *unstructured.Unstructured) {
	if o.GetKind() == "Namespace" {
		o.SetName(s.ns)
		return
	}
	o.SetNamespace(s.ns)
	for _, field := range [][]string{{"spec", "hosts"}} {
		hosts, ok, _ := unstructured.NestedStringSlice(o.Object, field...)
		if !ok {
			continue
		}
		for i := range hosts {
			hosts[i] = strings.ReplaceAll(hosts[i], demo.Host, s.host)
		}
		_ = unstructured.SetNestedStringSlice(o.Object, hosts, field...)
	}
	if o.GetKind() == "Gateway" {
		data, _ := json.Marshal(o.Object)
		_ = json.Unmarshal([]byte(strings.ReplaceAll(string(data), demo.Host, s.host)), &o.Object)
	}
}

func (s *shop) close() {
	ctx := context.Background()
	if s.t.Failed() {
		s.dump(ctx)
	}
	_ = mesh.client.Resource(namespaces).Delete(ctx, s.ns, metav1.DeleteOptions{}) // the mesh ends with the tests
}

// dump helps to understand a failure.
func (s *shop) dump(ctx context.Context) {
	for _, gvr := range []schema.GroupVersionResource{routes, rules, deployments, pods} {
		list, err := mesh.client.Resource(gvr).Namespace(s.ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			s.t.Logf("%s: %v", gvr.Resource, err)
			continue
		}
		for _, o := range list.Items {
			spec, _ := json.Marshal(o.Object["spec"])
			status, _ := json.Marshal(o.Object["status"])
			if gvr == pods || gvr == deployments {
				spec = nil
			}
			s.t.Logf("%s/%s: %s %s", gvr.Resource, o.GetName(), spec, status)
		}
	}
}

func (s *shop) get() error {
	_, _, err := s.fetch(s.t.Context(), "", nil)
	return err
}

// send asks the gateway for a path of the shop's host.
func (s *shop) send(ctx context.Context, path string, headers http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, mesh.env.Gateway+path, nil)
	if err != nil {
		return nil, err
	}
	req.Host = s.host
	maps.Copy(req.Header, headers)
	return http.DefaultClient.Do(req)
}

// fetch sends a request; anything but 200 is an error.
func (s *shop) fetch(ctx context.Context, path string, headers http.Header) (http.Header, string, error) {
	resp, err := s.send(ctx, path, headers)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("status %s from %q", resp.Status, resp.Header.Get(load.VersionHeader))
	}
	return resp.Header, string(body), nil
}

// patience is how long a journey waits for anything before it counts as stuck.
// What must be quick is asserted where it is measured: a wait says nothing about
// time, for the machine may be slow.
const patience = 5 * time.Minute

// eventually waits for a condition.
func (s *shop) eventually(what string, try func() error) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("not within %s: %s: %v", patience, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// traffic sends requests until the journey ends or stop is called.
func (s *shop) traffic(rate float64) *load.Load {
	s.t.Helper()
	l, err := load.Start(context.WithoutCancel(s.t.Context()), load.Options{URL: mesh.env.Gateway, Host: s.host, Rate: rate, Timeout: 20 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Stop() })
	return l
}

// users are the specs of the objects that belong to the user.
func (s *shop) users() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, gvr := range []schema.GroupVersionResource{routes, rules, services, deployments} {
		list, err := mesh.client.Resource(gvr).Namespace(s.ns).List(context.Background(), metav1.ListOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range list.Items {
			spec, err := json.Marshal(o.Object["spec"])
			if err != nil {
				s.t.Fatal(err)
			}
			meta, _ := json.Marshal([]any{o.GetLabels(), o.GetAnnotations()["headgate.dev/candidate-of"]})
			out[gvr.Resource+"/"+o.GetName()] = string(spec) + string(meta)
		}
	}
	return out
}

// asBefore fails unless the user's objects are byte for byte as they were, but
// for stable's image where it was promoted, and nothing else is left.
func (s *shop) asBefore(image string) {
	s.t.Helper()
	after := s.users()
	for name, want := range s.before {
		if name == "deployments/sample" && image != "" {
			want = strings.ReplaceAll(want, "headgate/sample:1.0.0", image)
		}
		if got := after[name]; got != want {
			s.t.Errorf("%s is not as before:\nbefore %s\nafter  %s", name, want, got)
		}
		delete(after, name)
	}
	for name := range after {
		s.t.Errorf("%s was left behind", name)
	}
	if list, err := mesh.client.Resource(leases).Namespace(s.ns).List(context.Background(), metav1.ListOptions{}); err != nil || len(list.Items) > 0 {
		s.t.Errorf("leases left behind: %d, %v", len(list.Items), err)
	}
}
