package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWeights shows what a user's route looks like at each weight, and that it
// comes back as it was.
func TestWeights(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		routes       string
		percent      int
		want         []string
	}{
		{
			"one destination without weight", "it gets everything, which in a list of two has to be said",
			`  http: [{route: [{destination: {host: sample, subset: v1}}]}]`, 25,
			[]string{"http[0]: sample/v1 75, sample/canary 25"},
		},
		{
			"one destination at 0", "stable serves all until the first weight",
			`  http: [{route: [{destination: {host: sample, subset: v1}}]}]`, 0,
			[]string{"http[0]: sample/v1 100, sample/canary 0"},
		},
		{
			"all to the candidate", "stable stays in the list, so that the way back is one weight",
			`  http: [{route: [{destination: {host: sample, subset: v1}}]}]`, 100,
			[]string{"http[0]: sample/v1 0, sample/canary 100"},
		},
		{
			"an only destination with an odd weight", "Istio ignores the weight of an only one",
			`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 30}]}]`, 1,
			[]string{"http[0]: sample/v1 99, sample/canary 1"},
		},
		{
			"another destination keeps its share", "the candidate takes from stable only",
			`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 80}, {destination: {host: elsewhere}, weight: 20}]}]`, 25,
			[]string{"http[0]: sample/v1 60, elsewhere 20, sample/canary 20"},
		},
		{
			"another subset of the same host keeps its share", "it is not stable's: its labels do not fit stable's Pods",
			`  http: [{route: [{destination: {host: sample, subset: v-other}, weight: 50}, {destination: {host: sample, subset: v1}, weight: 50}]}]`, 50,
			[]string{"http[0]: sample/v-other 50, sample/v1 25, sample/canary 25"},
		},
		{
			"a share that integers cannot say", "all weights of the route grow alike, so proportions hold",
			`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 30}, {destination: {host: elsewhere}, weight: 70}]}]`, 1,
			[]string{"http[0]: sample/v1 297, elsewhere 700, sample/canary 3"},
		},
		{
			"a share that they can say again", "the sum is the user's whenever it can be",
			`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 30}, {destination: {host: elsewhere}, weight: 70}]}]`, 50,
			[]string{"http[0]: sample/v1 15, elsewhere 70, sample/canary 15"},
		},
		{
			"stable twice in one route", "each of its entries has its own headers, so each shares its own weight",
			`  http: [{route: [{destination: {host: sample, subset: v1, port: {number: 80}}, weight: 40}, {destination: {host: sample, subset: v1, port: {number: 81}}, weight: 60}]}]`, 50,
			[]string{"http[0]: sample/v1:80 20, sample/v1:81 30, sample/canary:80 20, sample/canary:81 30"},
		},
		{
			"the user lists the candidate already", "the tutorials' layout: its entry is used, none is added",
			`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 100}, {destination: {host: sample, subset: canary}}]}]`, 5,
			[]string{"http[0]: sample/v1 95, sample/canary 5"},
		},
		{
			"many matches", "every route to stable moves, whatever it matches",
			`  http:
  - {match: [{headers: {user: {exact: a}}}], route: [{destination: {host: sample.demo.svc.cluster.local, subset: v1}}]}
  - {match: [{uri: {prefix: /old}}], redirect: {uri: /new}}
  - {route: [{destination: {host: sample, subset: v1}}]}`, 10,
			[]string{"http[0]: sample.demo.svc.cluster.local/v1 90, sample.demo.svc.cluster.local/canary 10", "http[2]: sample/v1 90, sample/canary 10"},
		},
		{
			"tcp and tls", "their weights mean the same",
			`  tcp: [{match: [{port: 5432}], route: [{destination: {host: sample, subset: v1, port: {number: 5432}}}]}]
  tls: [{match: [{port: 443, sniHosts: [a.example]}], route: [{destination: {host: sample, subset: v1}, weight: 100}]}]`, 25,
			[]string{"tcp[0]: sample/v1:5432 75, sample/canary:5432 25", "tls[0]: sample/v1 75, sample/canary 25"},
		},
		{
			"a route where stable gets nothing", "a share of nothing is nothing",
			`  http:
  - {match: [{uri: {prefix: /beta}}], route: [{destination: {host: sample, subset: v1}, weight: 0}, {destination: {host: elsewhere}, weight: 100}]}
  - {route: [{destination: {host: sample, subset: v1}}]}`, 50,
			[]string{"http[0]: sample/v1 0, elsewhere 100", "http[1]: sample/v1 50, sample/canary 50"},
		},
		{
			"mirrors", "a copy of the traffic is not a share of it",
			`  http: [{route: [{destination: {host: sample, subset: v1}}], mirror: {host: sample, subset: v1}, mirrorPercentage: {value: 5}}]`, 25,
			[]string{"http[0]: sample/v1 75, sample/canary 25"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, ruleV1, vs(tt.routes))
			before := text(t, w.routes())
			w.prepare()
			if p := w.weight(); p != 0 {
				t.Errorf("weight after Prepare: %d, want 0", p)
			}
			w.set(tt.percent)
			if d := cmp.Diff(tt.want, destinations(spec(w.routes()))); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			if p := w.weight(); p != tt.percent {
				t.Errorf("Weight is %d, want %d", p, tt.percent)
			}
			w.restore()
			w.cleanup()
			if d := cmp.Diff(before, text(t, w.routes())); d != "" {
				t.Errorf("the route did not come back (-before +after):\n%s", d)
			}
		})
	}
}

// destinations writes routes out in short; those without destinations are
// left out.
func destinations(spec map[string]any) []string {
	var out []string
	for _, list := range lists {
		for i, r := range routesOf(spec, list) {
			var parts []string
			for _, e := range readEntries(entriesOf(r)) {
				weight := "-"
				if e.Weight != nil {
					weight = fmt.Sprint(*e.Weight)
				}
				parts = append(parts, e.String()+" "+weight)
			}
			if parts != nil {
				out = append(out, fmt.Sprintf("%s[%d]: %s", list, i, strings.Join(parts, ", ")))
			}
		}
	}
	return out
}
