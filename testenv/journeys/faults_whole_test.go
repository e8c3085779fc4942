package journeys_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv/journeys/faulty"
)

var quotas = schema.GroupVersionResource{Version: "v1", Resource: "resourcequotas"}

// seed makes the dice of a run; another one gives other faults.
const seed = 20

// throughout plays a fault that lasts for the whole rollout with each strategy,
// or from one of its steps on. An ordinary run has the first of them.
func throughout(t *testing.T, sampled bool, fault string, from []string, play func(*cell)) {
	t.Helper()
	t.Parallel()
	for i, which := range strategies {
		for j, begins := range from {
			t.Run(slug(which.name+" "+begins), func(t *testing.T) {
				wanted(t, sampled && i+j == 0)
				t.Parallel()
				index := slices.IndexFunc(which.steps, func(s rollout.StepSpec) bool { return s.Name() == begins })
				play(openCell(t, place{which, index}, fault))
			})
		}
	}
}

// always is from where to where a fault lasts that is there before the rollout.
var always = []string{"all"}

func TestAPIServerFailsAtRandom(t *testing.T) {
	throughout(t, true, "API server fails at 20% of all calls", always, func(c *cell) {
		c.proxy.Use(sometimes())
		c.drive("")
		c.endsWhole(rollout.StepSpec{})
		c.unharmed()
	})
}

// sometimes fails a call in five, in one of the ways in which API servers and
// the way to them fail.
func sometimes() faulty.Fault {
	return faulty.Sometimes(.2, seed,
		faulty.Status(http.StatusInternalServerError, "InternalError"),
		faulty.Status(http.StatusServiceUnavailable, "ServiceUnavailable"),
		faulty.Status(http.StatusGatewayTimeout, "Timeout"),
		faulty.Status(http.StatusTooManyRequests, "TooManyRequests"),
		faulty.Break, faulty.Lose, hangFor(3*time.Second))
}

// hangFor gives no answer for a while, and then breaks the connection.
func hangFor(d time.Duration) faulty.Answer {
	return func(p *faulty.Proxy, w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
		faulty.Break(p, w, r)
	}
}

// TestSomebodyElseTouchesEveryObject has each object get another resourceVersion
// right before each write of the driver, as a busy controller does.
func TestSomebodyElseTouchesEveryObject(t *testing.T) {
	throughout(t, true, "a conflict at every write", always, func(c *cell) {
		c.proxy.Use(everyOther(touched))
		c.drive("")
		c.endsPromoted(rollout.StepSpec{})
	})
}

// everyOther has the first try of a write meet a fault, and the next one pass.
func everyOther(f faulty.Fault) faulty.Fault {
	var mu sync.Mutex
	met := map[string]bool{}
	return func(r *http.Request) faulty.Answer {
		a, key := f(r), r.Method+" "+r.URL.Path
		mu.Lock()
		defer mu.Unlock()
		if a == nil || met[key] {
			delete(met, key)
			return nil
		}
		met[key] = true
		return a
	}
}

// touched changes an annotation of what is about to be written.
func touched(r *http.Request) faulty.Answer {
	if !faulty.Mutates(r) || r.Method == http.MethodPost || r.Method == http.MethodDelete {
		return nil
	}
	gvr, ns, name, ok := object(r.URL)
	if !ok || gvr.Resource == "leases" {
		return nil
	}
	return func(p *faulty.Proxy, w http.ResponseWriter, r *http.Request) {
		patch := []byte(`{"metadata":{"annotations":{"example.com/touched":"` + time.Now().Format(time.RFC3339Nano) + `"}}}`)
		// What is not there cannot be touched.
		_, _ = mesh.client.Resource(gvr).Namespace(ns).Patch(context.Background(), name, types.MergePatchType, patch, metav1.PatchOptions{})
		faulty.Pass(p, w, r)
	}
}

var objectPath = regexp.MustCompile(`^(?:/api/(v1)|/apis/([^/]+)/([^/]+))/namespaces/([^/]+)/([^/]+)/([^/]+)$`)

// object is what a request's path names.
func object(u *url.URL) (gvr schema.GroupVersionResource, ns, name string, ok bool) {
	m := objectPath.FindStringSubmatch(u.Path)
	if m == nil {
		return gvr, "", "", false
	}
	return schema.GroupVersionResource{Group: m[2], Version: m[1] + m[3], Resource: m[5]}, m[4], m[6], true
}

func TestNamespaceQuotaIsFull(t *testing.T) {
	throughout(t, true, "the namespace's quota is full", always, func(c *cell) {
		c.fill()
		c.drive("")
		c.driver.ended(report.RolledBack, "quota")
		c.settled()
		c.unharmed()
	})
}

// fill leaves no room for another Pod.
func (c *cell) fill() {
	c.t.Helper()
	quota := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "full"},
		"spec": map[string]any{"hard": map[string]any{"pods": "1"}},
	}}
	if _, err := mesh.client.Resource(quotas).Namespace(c.ns).Create(c.t.Context(), quota, metav1.CreateOptions{}); err != nil {
		c.t.Fatal(err)
	}
	c.eventually("the quota is counted", func() error {
		got, err := mesh.client.Resource(quotas).Namespace(c.ns).Get(context.Background(), "full", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if used, _, _ := unstructured.NestedString(got.Object, "status", "used", "pods"); used != "1" {
			return fmt.Errorf("used %s", used)
		}
		return nil
	})
}

// failingPrometheus runs rollouts past a Prometheus that begins to fail or to lie
// at the gate, or when the last gate has passed, and has each held: neither
// promoted unseen nor blamed on the candidate.
func failingPrometheus(t *testing.T, sampled bool, fault string, answer func() faulty.Answer) {
	t.Helper()
	throughout(t, sampled, fault, []string{"gate 50%", "weight 100%"}, func(c *cell) {
		c.max = "20s"
		prom := c.prometheus()
		c.drive("  metrics: {source: prometheus, prometheus: {url: \"" + prom.URL() + "\"}}\n")
		c.driver.reaches("] " + c.at.where())
		prom.Use(faulty.Always(answer()))
		res := c.driver.ended(report.Held, "")
		if strings.Contains(res.Reason, "failed") {
			c.t.Errorf("Prometheus' fault is blamed on the candidate: %s", res.Reason)
		}
		prom.Use(nil)
		if code, said := c.again("rollback"); code != 0 {
			c.t.Errorf("rollback: exit code %d\n%s", code, said)
		}
		c.settled()
		c.unharmed()
	})
}

// prometheus is a way to Prometheus that can be made to fail.
func (c *cell) prometheus() *faulty.Proxy {
	c.t.Helper()
	target, err := url.Parse(mesh.env.Prometheus)
	if err != nil {
		c.t.Fatal(err)
	}
	prom, err := faulty.New(target, http.DefaultTransport)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(prom.Close)
	return prom
}

func TestPrometheusAnswersWithOldSamples(t *testing.T) {
	failingPrometheus(t, true, "Prometheus answers with old samples", func() faulty.Answer { return faulty.At(time.Now()) })
}

var sampleValue = regexp.MustCompile(`,"[0-9.e+-]+"\]`)

func TestPrometheusAnswersWithNaN(t *testing.T) {
	failingPrometheus(t, true, "Prometheus answers NaN", func() faulty.Answer {
		return faulty.Rewrite(func(body []byte) []byte { return sampleValue.ReplaceAll(body, []byte(`,"NaN"]`)) })
	})
}

func TestPrometheusAnswersNobody(t *testing.T) {
	// TestPrometheusGoneInTheMiddle is what an ordinary run has of it.
	failingPrometheus(t, false, "Prometheus is away", func() faulty.Answer { return faulty.Break })
}
