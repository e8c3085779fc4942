package istio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/traffic"
)

const sampleHost = "sample.demo.svc.cluster.local"

// previewed is a route of the user's own to the candidate's subset, before the one
// that everybody takes.
const previewed = `  http:
  - {name: preview, match: [{headers: {x-preview: {exact: "yes"}}}], route: [{destination: {host: sample, subset: canary}}]}
  - {name: all, route: [{destination: {host: sample, subset: v1}}]}`

// TestAPreviewRouteKeepsItsSubset: requests of a route that names the candidate
// by the user's own word go another way than those that follow the weight, so that
// they can be left out of share and gates.
func TestAPreviewRouteKeepsItsSubset(t *testing.T) {
	t.Parallel()
	own := strings.Replace(ruleV1, "name: v1", "name: canary\n    labels: {track: canary}\n    trafficPolicy: {loadBalancer: {simple: RANDOM}}\n  - name: v1", 1)
	for _, tt := range []struct {
		name, reason, rule, routes string
		subsets, destinations      []string
		made                       int
	}{
		{"the subset is the user's", "it stays as it is, with its labels on the candidate's Pods", own, previewed,
			[]string{"canary", "v1", "canary-headgate"},
			[]string{"http[0]: sample/canary -", "http[1]: sample/v1 75, sample/canary-headgate 25"}, 1},
		{"nobody defined it", "while there is a candidate the preview works", ruleV1, previewed,
			[]string{"v1", "canary-headgate", "canary"},
			[]string{"http[0]: sample/canary -", "http[1]: sample/v1 75, sample/canary-headgate 25"}, 2},
		{"the edited route names it at weight 0", "that entry's requests could not be told from the preview's", own,
			strings.Replace(previewed, "[{destination: {host: sample, subset: v1}}]", "[{destination: {host: sample, subset: v1}, weight: 100}, {destination: {host: sample, subset: canary}, weight: 0}]", 1),
			[]string{"canary", "v1", "canary-headgate"},
			[]string{"http[0]: sample/canary -", "http[1]: sample/v1 75, sample/canary 0, sample/canary-headgate 25"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, tt.rule, vs(tt.routes))
			before, rule := text(t, w.routes()), text(t, w.object(resourceDestinationRules, "demo", "sample"))
			want := traffic.Ways{
				Stable: []traffic.Way{{Host: sampleHost, Subset: "v1"}}, Candidate: []traffic.Way{{Host: sampleHost, Subset: "canary-headgate"}},
				Bypasses: []traffic.Bypass{{Way: traffic.Way{Host: sampleHost, Subset: "canary"}, Route: "VirtualService demo/sample spec.http[0] (preview)", Candidate: true}},
			}
			if d := cmp.Diff(want, w.Ways()); d != "" || !w.Ways().Apart(want.Bypasses[0]) {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			if w.Creates() != tt.made {
				t.Errorf("%d destinations are new to the proxies, want %d", w.Creates(), tt.made)
			}
			w.prepare()
			w.set(25)
			if d := cmp.Diff(tt.destinations, destinations(spec(w.routes()))); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			if d := cmp.Diff(tt.subsets, subsetNames(w)); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			pod := apply(stableV1().StableLabels, w.CandidateLabels())
			for _, name := range []string{"canary", "canary-headgate"} {
				if s, _ := subsetIn(spec(w.object(resourceDestinationRules, "demo", "sample")), name); !matches(stringMap(s["labels"]), pod) {
					t.Errorf("subset %s (%v) does not select the candidate's Pods (%v)", name, s["labels"], pod)
				}
			}
			w.resume()
			if d := cmp.Diff(want, w.Ways()); d != "" {
				t.Errorf("in another process (-want +got):\n%s", d)
			}
			w.restore()
			w.cleanup()
			if d := cmp.Diff(before+rule, text(t, w.routes())+text(t, w.object(resourceDestinationRules, "demo", "sample"))); d != "" {
				t.Errorf("not as the user wrote it: %s", d)
			}
		})
	}
}

// TestBypasses: which routes reach a version without being edited.
func TestBypasses(t *testing.T) {
	t.Parallel()
	way := func(subset string) traffic.Way { return traffic.Way{Host: sampleHost, Subset: subset} }
	two := strings.Replace(ruleV1, "- name: v1", "- name: all\n    labels: {app: sample, version: v1}\n  - name: v1", 1)
	parts := vs(`  http:
  - {name: api, route: [{destination: {host: sample, subset: v1}}]}
  - {name: web, route: [{destination: {host: sample, subset: v1}}]}
  - {name: old, route: [{destination: {host: sample, subset: all}}]}
  - {name: bare, route: [{destination: {host: sample}, weight: 1}, {destination: {host: other}, weight: 0}]}
  - {name: none, route: [{destination: {host: sample, subset: v1}, weight: 0}, {destination: {host: other}, weight: 1}]}`)
	only := func(t *traffic.Target) { t.Routes = []traffic.RouteRef{{Name: "sample", HTTP: []string{"api"}}} }
	for _, tt := range []struct {
		name, reason string
		rule         string
		target       func(*traffic.Target)
		routes       []string
		want         []traffic.Bypass
	}{
		{"every route is edited", "nothing passes by", ruleV1, nil, []string{vs(toStable)}, nil},
		{"other routes of the object", "spec.routes names one of them", two, only, []string{parts}, []traffic.Bypass{
			{Way: way("v1"), Route: "VirtualService demo/sample spec.http[1] (web)", Stable: true},
			{Way: way("all"), Route: "VirtualService demo/sample spec.http[2] (old)", Stable: true},
			{Way: way(""), Route: "VirtualService demo/sample spec.http[3] (bare)", Stable: true, Candidate: true},
		}},
		{"other objects", "spec.routes names one of them", ruleV1, only,
			[]string{vs(strings.Replace(toStable, "{route", "{name: api, route", 1)), vsNamed("edge", "b", `  http: [{route: [{destination: {host: sample.demo.svc.cluster.local, subset: v1}}]}]`)},
			[]traffic.Bypass{{Way: way("v1"), Route: "VirtualService edge/b spec.http[0]", Stable: true}}},
		{"by the candidate's host", "the user may call the candidate's own Service", hostRule, nil,
			[]string{vs(`  http:
  - {match: [{uri: {prefix: /try}}], route: [{destination: {host: sample-canary}}]}
  - {route: [{destination: {host: sample}}]}`)},
			[]traffic.Bypass{{Way: traffic.Way{Host: "sample-canary.demo.svc.cluster.local"}, Route: "VirtualService demo/sample spec.http[0]", Candidate: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := stableV1()
			if tt.target != nil {
				tt.target(&target)
			}
			w := newWorld(t, target, append([]string{service, tt.rule}, tt.routes...)...)
			if d := cmp.Diff(tt.want, w.Ways().Bypasses); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			data, err := w.State()
			w.must(err)
			if version := `"version":4`; strings.Contains(string(data), version) != (tt.want != nil) {
				t.Errorf("an older headgate must refuse what it cannot tell apart, and nothing else: %.40s", data)
			}
		})
	}
}

func subsetNames(w *world) (names []string) {
	w.t.Helper()
	for _, s := range subsetsOf(spec(w.object(resourceDestinationRules, "demo", "sample"))) {
		names = append(names, s.(map[string]any)["name"].(string))
	}
	return names
}
