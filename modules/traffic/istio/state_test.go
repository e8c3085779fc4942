package istio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// stages are how far a Rollout can have come with the routes, and the
// percentage that its record has intended by then.
var stages = []struct {
	name   string
	intent int
	do     func(w *world)
}{
	{"found", -1, func(*world) {}},
	{"prepared", 0, func(w *world) { w.prepare() }},
	{"moved", 25, func(w *world) { w.prepare(); w.set(25) }},
	{"promoted", 100, func(w *world) { w.prepare(); w.set(100) }},
	{"restored", -1, func(w *world) { w.prepare(); w.set(25); w.restore() }},
	{"cleaned up", -1, func(w *world) { w.prepare(); w.restore(); w.cleanup() }},
}

// TestResumeFromEveryState: whenever a process dies, the next one can restore,
// with the intent on record or, from an older headgate, without one.
func TestResumeFromEveryState(t *testing.T) {
	t.Parallel()
	for _, reached := range stages {
		for _, noted := range stages {
			for _, older := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, journal says %s, by an older headgate %v", reached.name, noted.name, older), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
					before := text(t, w.routes()) + text(t, w.object(resourceDestinationRules, "demo", "sample"))
					noted.do(w)
					if reached.intent >= 0 && !older {
						w.Intend(traffic.Weights{Candidate: reached.intent})
					}
					data, err := w.State()
					w.must(err)
					if older {
						data = []byte(strings.Replace(string(data), `"version":2`, `"version":1`, 1))
					}
					w.restore()
					w.cleanup()
					reached.do(w)
					w.Split, err = Resume(context.Background(), w.client, data)
					w.must(err)
					w.restore()
					w.cleanup()
					after := text(t, w.routes()) + text(t, w.object(resourceDestinationRules, "demo", "sample"))
					if d := cmp.Diff(before, after); d != "" {
						t.Errorf("(-before +after):\n%s", d)
					}
				})
			}
		}
	}
}

// TestResumedRestoreLeavesAnEditByOthers: a split that was neither set nor
// intended is somebody else's, though Headgate could have written it.
func TestResumedRestoreLeavesAnEditByOthers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
	w.prepare()
	w.set(25)
	w.Intend(traffic.Weights{Candidate: 50})
	data, err := w.State()
	w.must(err)
	w.set(33) // a person, with the numbers Headgate would have used
	edited := text(t, w.routes())
	w.Split, err = Resume(ctx, w.client, data)
	w.must(err)
	if err := w.Restore(ctx); !errors.Is(err, traffic.ErrChanged) {
		t.Errorf("the edit was not noticed: %v", err)
	}
	if err := w.SetWeight(ctx, traffic.Weights{Candidate: 50}); !errors.Is(err, traffic.ErrChanged) {
		t.Errorf("the edit was not noticed: %v", err)
	}
	if d := cmp.Diff(edited, text(t, w.routes())); d != "" {
		t.Errorf("it was overwritten:\n%s", d)
	}
}

// TestResumedPrepareKeepsTheWeight: preparing again must not move traffic.
func TestResumedPrepareKeepsTheWeight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
	w.prepare()
	w.set(25)
	w.resume()
	w.prepare()
	if p := w.weight(); p != 25 {
		t.Errorf("Prepare moved the weight from 25 to %d", p)
	}
}

// TestSetWeightWithoutPrepare would send requests to nowhere.
func TestSetWeightWithoutPrepare(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	if err := w.SetWeight(ctx, traffic.Weights{Candidate: 5}); err == nil || !strings.Contains(err.Error(), "call Prepare first") {
		t.Errorf("%v", err)
	}
	for _, percent := range []int{-1, 101} {
		if err := w.SetWeight(ctx, traffic.Weights{Candidate: percent}); err == nil {
			t.Errorf("%d%% was taken", percent)
		}
	}
	w.set(0) // nothing goes to the candidate: as asked
	if got := destinations(spec(w.routes())); got[0] != "http[0]: sample/v1 -" {
		t.Errorf("edited: %v", got)
	}
}

// TestStateIsSmall: the Journal is a ConfigMap, and a big VirtualService must
// fit into it beside everything else.
func TestStateIsSmall(t *testing.T) {
	t.Parallel()
	big := "  http:\n"
	for i := range 200 {
		big += fmt.Sprintf("  - {match: [{uri: {prefix: /%d/%s}}], route: [{destination: {host: sample, subset: v1}}]}\n", i, strings.Repeat("x", 2000))
	}
	w := newWorld(t, stableV1(), service, ruleV1, vs(big))
	data, err := w.State()
	w.must(err)
	if len(data) > 80_000 {
		t.Errorf("%d bytes for 200 routes", len(data))
	}
}

// TestBrokenState: the Journal lies where others can write it.
func TestBrokenState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	data, err := w.State()
	w.must(err)
	for _, tt := range []struct{ name, old, new, want string }{
		{"no JSON", "{", "", "read the state of the routes"},
		{"an unknown field", `"api"`, `"apj"`, "unknown field"},
		{"another version", `"version":2`, `"version":7`, "use the headgate that began the rollout"},
		{"an index out of range", `"stable":0`, `"stable":3`, "points at no entry"},
		{"a weight out of range", `"known":[-1]`, `"known":[101]`, "not between 0 and 100"},
		{"no known state", `"known":[-1]`, `"known":[]`, "no known state"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(string(data), tt.old, tt.new, 1)
			if broken == string(data) {
				t.Fatalf("%q is not in the state: %s", tt.old, data)
			}
			if _, err := Resume(context.Background(), w.client, []byte(broken)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q, got %v", tt.want, err)
			}
		})
	}
}

// TestWays: metrics tell the versions apart by what the routes say.
func TestWays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, routes string
		want         traffic.Ways
	}{
		{"by subset", toStable, traffic.Ways{Stable: []traffic.Way{{Host: sampleHost, Subset: "v1"}}, Candidate: []traffic.Way{{Host: sampleHost, Subset: "canary"}}}},
		{"by host", toHost, traffic.Ways{Stable: []traffic.Way{{Host: sampleHost}}, Candidate: []traffic.Way{{Host: "sample-canary.demo.svc.cluster.local"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, newWorld(t, stableV1(), service, ruleV1, vs(tt.routes)).Ways()); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestHosts: which names mean the Service.
func TestHosts(t *testing.T) {
	t.Parallel()
	n := names{Namespace: "demo", Service: "sample", Domain: "corp.local", Extra: []string{"sample.example"}}
	for _, tt := range []struct {
		host, namespace string
		mean            bool
		canary, reason  string
	}{
		{"sample", "demo", true, "sample-canary", "short, at home"},
		{"sample", "far", false, "", "short, elsewhere: another Service"},
		{"sample.demo", "far", true, "sample-canary.demo", "what a person means; Find warns of it"},
		{"sample.demo.svc", "far", true, "sample-canary.demo.svc", "likewise"},
		{"sample.demo.svc.corp.local", "far", true, "sample-canary.demo.svc.corp.local", "in full"},
		{"sample.demo.svc.cluster.local", "demo", false, "", "another cluster's domain"},
		{"sample.far.svc.corp.local", "demo", false, "", "another namespace"},
		{"sample.example", "far", true, "sample-canary.demo.svc.corp.local", "given by the user"},
		{"*.demo.svc.corp.local", "demo", false, "", "a wildcard is no destination"},
	} {
		if got := n.mean(tt.host, tt.namespace); got != tt.mean {
			t.Errorf("%s in %s (%s): %v", tt.host, tt.namespace, tt.reason, got)
		}
		if tt.mean && n.twin(traffic.RoleCandidate, tt.host) != tt.canary {
			t.Errorf("the candidate of %s is %s, want %s", tt.host, n.twin(traffic.RoleCandidate, tt.host), tt.canary)
		}
	}
	if !n.covers("*.corp.local") || n.covers("*.cluster.local") || n.covers("sample") {
		t.Error("wildcards")
	}
}

// TestDomain: in a cluster of another domain the full name is another.
func TestDomain(t *testing.T) {
	t.Parallel()
	routes := `  http: [{route: [{destination: {host: sample.demo.svc.corp.local, subset: v1}}]}]`
	client := fakeClient(parse(t, service), parse(t, ruleV1), parse(t, vs(routes)))
	if _, err := Find(context.Background(), client, stableV1()); err == nil {
		t.Error("a host of another domain was taken for the Service's")
	}
	s, err := Find(context.Background(), client, stableV1(), Domain("corp.local"))
	if err != nil || s.Ways().Stable[0].Host != "sample.demo.svc.corp.local" {
		t.Errorf("%v", err)
	}
}

// FuzzEdit: whatever stands in a VirtualService, editing it never panics,
// and what was edited comes back identical.
func FuzzEdit(f *testing.F) {
	for _, routes := range []string{toStable, toHost, twoRoutes} {
		data, err := json.Marshal(parse(f, vs(routes)).Object["spec"])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(25), uint8(100))
	}
	f.Add([]byte(`{"http":[{"route":[{"destination":{"host":"sample"},"weight":10},{"weight":1}]}]}`), uint8(41), uint8(100))
	f.Add([]byte(`{"http":[{"route":[{"destination":{"host":"sample"},"weight":1e2},{"weight":"x"},null,7]},null,"no"],"tcp":{},"tls":null}`), uint8(1), uint8(99))
	fixed := map[string]*unstructured.Unstructured{resourceServices: parse(f, service), resourceDestinationRules: parse(f, ruleV1)}
	f.Fuzz(func(t *testing.T, data []byte, first, second uint8) {
		o := &unstructured.Unstructured{}
		raw := fmt.Sprintf(`{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"sample","namespace":"demo"},"spec":%s}`, data)
		if err := o.UnmarshalJSON([]byte(raw)); err != nil || o.GetName() != "sample" {
			t.Skip("no spec in JSON")
		}
		objects := maps.Clone(fixed)
		objects[resourceVirtualServices] = o
		before := text(t, spec(o))
		ctx, client := context.Background(), newMemory(objects)
		s, err := Find(ctx, client, stableV1())
		if err != nil {
			return // refused, and nothing was written
		}
		w := &world{t: t, Split: s}
		w.prepare()
		w.set(int(first % 101))
		kept, err := w.State()
		w.must(err)
		w.Split, err = Resume(ctx, client, kept)
		w.must(err)
		w.set(int(second % 101))
		w.restore()
		if after := text(t, spec(w.routes())); after != before {
			t.Errorf("did not come back:\n%s\nwas:\n%s", after, before)
		}
	})
}
