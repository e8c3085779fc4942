package journeys_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
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

func TestAPIServerFailsAtRandom(t *testing.T) {
	t.Parallel()
	wanted(t, true)
	c := openCell(t, everywhere, "API server fails at 20% of all calls")
	c.proxy.Use(faulty.Sometimes(.2, seed,
		faulty.Status(http.StatusInternalServerError, "InternalError"),
		faulty.Status(http.StatusServiceUnavailable, "ServiceUnavailable"),
		faulty.Status(http.StatusGatewayTimeout, "Timeout"),
		faulty.Status(http.StatusTooManyRequests, "TooManyRequests"),
		faulty.Break, faulty.Lose, hangFor(3*time.Second)))
	c.drive("")
	c.endsWhole(rollout.StepSpec{})
	c.unharmed()
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
	t.Parallel()
	wanted(t, true)
	c := openCell(t, everywhere, "a conflict at every write")
	c.proxy.Use(everyOther(touched))
	c.drive("")
	c.endsPromoted(rollout.StepSpec{})
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
	t.Parallel()
	wanted(t, true)
	c := openCell(t, everywhere, "the namespace's quota is full")
	quota := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"name": "full"},
		"spec": map[string]any{"hard": map[string]any{"pods": "1"}},
	}}
	if _, err := mesh.client.Resource(quotas).Namespace(c.ns).Create(t.Context(), quota, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("the quota is counted", time.Minute, func() error {
		got, err := mesh.client.Resource(quotas).Namespace(c.ns).Get(context.Background(), "full", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if used, _, _ := unstructured.NestedString(got.Object, "status", "used", "pods"); used != "1" {
			return &quotaError{used}
		}
		return nil
	})
	c.drive("")
	c.driver.ended(3*time.Minute, report.RolledBack, "quota")
	c.settled()
	c.unharmed()
}

type quotaError struct{ used string }

func (e *quotaError) Error() string { return "used " + e.used }

// lyingPrometheus runs a rollout past a Prometheus that begins to lie at the
// gate, and has it held: neither promoted nor blamed on the candidate.
func lyingPrometheus(t *testing.T, what string, lie func() faulty.Answer) {
	t.Helper()
	t.Parallel()
	c := openCell(t, theGate(), what)
	c.max = "20s"
	target, err := url.Parse(mesh.env.Prometheus)
	if err != nil {
		t.Fatal(err)
	}
	prom, err := faulty.New(target, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(prom.Close)
	c.drive("  metrics: {source: prometheus, prometheus: {url: \"" + prom.URL() + "\"}}\n")
	c.driver.reaches("] gate 50%", 2*time.Minute)
	prom.Use(faulty.Always(lie()))
	res := c.driver.ended(4*time.Minute, report.Held, "")
	if strings.Contains(res.Reason, "failed") {
		t.Errorf("a lying Prometheus is blamed on the candidate: %s", res.Reason)
	}
	prom.Use(nil)
	if code, said := c.again("rollback"); code != 0 {
		t.Errorf("rollback: exit code %d\n%s", code, said)
	}
	c.settled()
	c.unharmed()
}

func TestPrometheusAnswersWithOldSamples(t *testing.T) {
	wanted(t, true)
	lyingPrometheus(t, "Prometheus answers with old samples", func() faulty.Answer { return faulty.At(time.Now()) })
}

var sampleValue = regexp.MustCompile(`,"[0-9.e+-]+"\]`)

func TestPrometheusAnswersWithNaN(t *testing.T) {
	wanted(t, true)
	lyingPrometheus(t, "Prometheus answers NaN", func() faulty.Answer {
		return faulty.Rewrite(func(body []byte) []byte { return sampleValue.ReplaceAll(body, []byte(`,"NaN"]`)) })
	})
}
