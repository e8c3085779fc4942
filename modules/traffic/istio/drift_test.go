package istio

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSomebodyChangesTheRest: what is not Headgate's survives, is reported as
// drift, and does not stop the Rollout.
func TestSomebodyChangesTheRest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		edit         func(spec map[string]any)
		drift        []string
	}{
		{"a timeout", "beside the weights", func(s map[string]any) { routeAt(s, listHTTP, 0)["timeout"] = "3s" }, []string{"spec.http[0] was changed"}},
		{"a header in stable's entry", "in the very entry that Headgate weighs",
			func(s map[string]any) {
				entryAt(s, listHTTP, 0, 0)["headers"] = map[string]any{"request": map[string]any{"remove": []any{"x"}}}
			}, []string{"spec.http[0] was changed"}},
		{"a route in front", "every index moves", func(s map[string]any) {
			s[listHTTP] = append([]any{map[string]any{"name": "new", "route": []any{destinationTo("elsewhere", "")}}}, routesOf(s, listHTTP)...)
		}, []string{"spec.http[1] was moved from place 0", "spec.http[2] was moved from place 1", "spec.http[0] was added"}},
		{"another match", "the route is known by its name", func(s map[string]any) {
			routeAt(s, listHTTP, 0)["match"] = []any{map[string]any{"uri": map[string]any{"exact": "/"}}}
		}, []string{"spec.http[0] was changed"}},
		{"another name", "and by its match", func(s map[string]any) { routeAt(s, listHTTP, 0)["name"] = "renamed" }, []string{"spec.http[0] was changed"}},
		{"hosts and gateways", "fields beside the routes", func(s map[string]any) { s["hosts"] = []any{"b.example"}; s["gateways"] = []any{"g"} },
			[]string{"spec.gateways was added", "spec.hosts was added"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
			wanted := w.routes()
			tt.edit(spec(wanted))
			w.prepare()
			w.set(25)
			w.somebody(tt.edit)
			w.set(50)
			changes, err := w.Drift(context.Background())
			w.must(err)
			var got []string
			for _, c := range changes {
				got = append(got, strings.TrimPrefix(c.String(), "VirtualService demo/sample: "))
			}
			if d := cmp.Diff(tt.drift, got); d != "" {
				t.Errorf("%s: drift (-want +got):\n%s", tt.reason, d)
			}
			w.restore()
			if d := cmp.Diff(text(t, wanted), text(t, w.routes())); d != "" {
				t.Errorf("%s: (-want +got):\n%s", tt.reason, d)
			}
		})
	}
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
		w.prepare()
		w.set(1)
		if changes, err := w.Drift(context.Background()); err != nil || len(changes) > 0 {
			t.Errorf("Headgate's own edits are reported as drift: %v %v", changes, err)
		}
	})
}
