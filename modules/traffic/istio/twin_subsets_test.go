package istio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEachPolicyHasASubset: a route keeps its traffic policy at the candidate.
func TestEachPolicyHasASubset(t *testing.T) {
	t.Parallel()
	const carts = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: sample, namespace: demo}
spec:
  host: sample
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: cart, labels: {version: v1}, trafficPolicy: {loadBalancer: {consistentHash: {httpHeaderName: x-user}}}}
  - {name: web, labels: {version: v1}}
`
	routes := `  http:
  - {match: [{uri: {prefix: /cart}}], route: [{destination: {host: sample, subset: cart}}]}
  - {match: [{uri: {prefix: /web}}], route: [{destination: {host: sample, subset: web}}]}
  - {route: [{destination: {host: sample, subset: v1}}]}`
	for _, tt := range []struct {
		name, reason, rule string
		want               []string
	}{
		{"none of the user's", "the first policy's has the plain name", carts,
			[]string{"http[0]: sample/cart 90, sample/canary 10", "http[1]: sample/web 90, sample/canary-web 10", "http[2]: sample/v1 90, sample/canary-web 10"}},
		{"one of the user's", "it is for the routes whose policy it has", carts + "  - {name: canary, labels: {track: canary}}\n",
			[]string{"http[0]: sample/cart 90, sample/canary-cart 10", "http[1]: sample/web 90, sample/canary 10", "http[2]: sample/v1 90, sample/canary 10"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, tt.rule, vs(routes))
			w.prepare()
			w.set(10)
			if d := cmp.Diff(tt.want, destinations(spec(w.routes()))); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			rule := spec(w.object(resourceDestinationRules, "demo", "sample"))
			for _, r := range routesOf(spec(w.routes()), listHTTP) {
				e := readEntries(entriesOf(r))
				stable, _ := subsetIn(rule, e[0].Subset)
				candidate, ok := subsetIn(rule, e[1].Subset)
				if d := cmp.Diff(stable["trafficPolicy"], candidate["trafficPolicy"]); d != "" || !ok {
					t.Errorf("%s and %s (-stable +candidate):\n%s", e[0].Subset, e[1].Subset, d)
				}
			}
			if got := len(w.Ways().Candidate); got != 2 {
				t.Errorf("the candidate is known by %d subsets, want 2", got)
			}
			w.restore()
			w.cleanup()
			if got, want := subsetNames(w), strings.Count(tt.rule, "- {name:"); len(got) != want {
				t.Errorf("left behind: %v", got)
			}
		})
	}
}
