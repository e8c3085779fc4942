package envoy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/metrics"
)

func TestCheckSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason  string
		prepare func(*cluster)
		change  func(*Options)
		idle    bool // the error is a NoSeriesError
		says    []string
	}{
		"good": {
			"a gateway has sent requests to stable",
			func(c *cluster) {
				c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 1))
			}, nil, false, nil,
		},
		"idle": {
			"nobody has called yet",
			func(c *cluster) { c.add("istio-system", "gateway", "gateway-1", "") }, nil, true,
			[]string{host, "send the service some traffic"},
		},
		"another workload": {
			"the target has another name",
			func(c *cluster) { c.add("istio-system", "gateway", "gateway-1", sent("", "web", "200", "-", 1)) }, nil, true,
			[]string{"demo/sample", "demo/web"},
		},
		"no proxies": {
			"nothing is injected", func(*cluster) {}, nil, false, []string{"istio-injection=enabled"},
		},
		"no Envoy in the Pods": {
			"a Pod without a proxy is not asked",
			func(c *cluster) {
				c.add("demo", "web", "web-1", "")
				c.pods[0].Spec.Containers = []corev1.Container{{Name: "app"}}
			}, nil, false, []string{"istio-injection=enabled"},
		},
		"too many": {
			"a large mesh has a Prometheus",
			func(c *cluster) {
				for i := range 4 {
					c.add("demo", "web", fmt.Sprint("web-", i), "")
				}
			}, func(o *Options) { o.MaxProxies = 3 }, false, []string{"4 proxies", "metrics.source: prometheus"},
		},
		"pods/proxy denied": {
			"the right that is missing is named",
			func(c *cluster) {
				c.add("demo", "web", "web-1", "")
				c.deny("/api/v1/namespaces/demo/pods/http:web-1:15090/proxy/stats/prometheus")
			}, nil, false, []string{"demo/web-1", "get pods/proxy"},
		},
		"nobody answers at first": {
			"an API server that stumbles is asked again",
			func(c *cluster) {
				c.add("demo", "web", "web-1", "")
				c.set("web-1", onceBroken(says(sent("stable", "sample", "200", "-", 7))))
			}, nil, false, nil,
		},
		"nobody answers": {
			"all proxies are broken",
			func(c *cluster) {
				c.add("demo", "web", "web-1", "")
				c.add("demo", "web", "web-2", "")
				c.set("web-1", breaks)
				c.set("web-2", breaks)
			}, nil, false, []string{"none of 2 proxies", "connection refused"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster()
			test.prepare(c)
			err := c.serve(t, test.change).Check(t.Context(), subject())
			if (err == nil) != (test.says == nil) {
				t.Fatalf("%s: %v", test.reason, err)
			}
			var none *metrics.NoSeriesError
			if errors.As(err, &none) != test.idle {
				t.Errorf("%s: idle or broken? %v", test.reason, err)
			}
			for _, words := range test.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%s: %q is not in: %v", test.reason, words, err)
				}
			}
		})
	}
}

func TestWithoutTheRightToListAllTheNamespaceWillDo(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.deny("/api/v1/pods")
	c.add("demo", "web", "web-1", sent("stable", "sample", "200", "-", 5))
	c.add("other", "web", "other-1", sent("stable", "sample", "200", "-", 5))
	reader := open(t, c.serve(t, nil))
	got := read(t, reader)
	if !strings.Contains(strings.Join(got.Notes, "\n"), "only the proxies of demo are read") {
		t.Errorf("the user does not learn what is left out: %q", got.Notes)
	}
	if c.times("other-1") != 0 || c.times("web-1") == 0 {
		t.Errorf("asked: web-1 %d times, other-1 %d times", c.times("web-1"), c.times("other-1"))
	}
}

func TestCallersCanBeNamed(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("istio-system", "gateway", "gateway-1", sent("stable", "sample", "200", "-", 5))
	c.add("demo", "web", "web-1", sent("stable", "sample", "200", "-", 5))
	gateways := Selector{Labels: map[string]string{"istio": "gateway"}}
	source := c.serve(t, func(o *Options) { o.Callers = []Selector{gateways, {Namespace: "istio-system"}} })
	if err := source.Check(t.Context(), subject()); err != nil {
		t.Fatal(err)
	}
	if c.times("gateway-1") != 1 || c.times("web-1") != 0 {
		t.Errorf("asked: gateway-1 %d times, want once; web-1 %d times, want never", c.times("gateway-1"), c.times("web-1"))
	}
}

func TestFreeQueriesNeedAPrometheus(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("demo", "web", "web-1", "")
	_, err := c.serve(t, nil).Open(t.Context(), subject(), map[string]string{"queue": "queue_length"})
	if !errors.Is(err, metrics.ErrQueries) || !strings.Contains(err.Error(), "metrics.prometheus") {
		t.Errorf("got %v", err)
	}
}

func TestASidecarMayBeAnInitContainer(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.add("demo", "web", "web-1", sent("stable", "sample", "200", "-", 5))
	spec := &c.pods[0].Spec
	spec.InitContainers, spec.Containers = spec.Containers[1:], spec.Containers[:1]
	if err := c.serve(t, nil).Check(t.Context(), subject()); err != nil {
		t.Error(err)
	}
}

func TestBadOptionsAreNamed(t *testing.T) {
	t.Parallel()
	api := &rest.Config{Host: "https://api"}
	tests := map[string]struct {
		opts Options
		says string
	}{
		"no cluster": {Options{}, "no cluster"},
		"side":       {Options{Cluster: api, Side: "both"}, "side"},
		"codes":      {Options{Cluster: api, Codes: "("}, "error codes"},
		"gRPC codes": {Options{Cluster: api, GRPCCodes: "("}, "gRPC error codes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(test.opts); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q is not in: %v", test.says, err)
			}
		})
	}
}
