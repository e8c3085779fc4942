package istio

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/traffic"
)

const twoRoutes = `  http:
  - {name: api, match: [{uri: {prefix: /api}}], route: [{destination: {host: sample, subset: v1}, weight: 90}, {destination: {host: elsewhere}, weight: 10}]}
  - {name: rest, route: [{destination: {host: sample, subset: v1}}]}`

// TestSomebodyChangesOurWeights: it is reported with both values and never
// overwritten, unless forced.
func TestSomebodyChangesOurWeights(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason    string
		edit            func(spec map[string]any)
		path, want, got string
		restores        bool // without force
	}{
		{"stable's weight", "a person turned it by hand",
			func(s map[string]any) { entryAt(s, listHTTP, 1, 0)["weight"] = int64(60) },
			"spec.http[1].route[0].weight", "75", "60", false},
		{"the candidate's weight", "likewise",
			func(s map[string]any) { entryAt(s, listHTTP, 1, 1)["weight"] = int64(40) },
			"spec.http[1].route[1].weight", "25", "40", false},
		{"the candidate removed", "the rest is as Headgate wrote it, so restoring is safe",
			func(s map[string]any) {
				routeAt(s, listHTTP, 1)["route"] = []any{entryAt(s, listHTTP, 1, 0)}
			},
			"spec.http[1].route", "the candidate's destination with weight 25", "none", true},
		{"the whole route reverted", "a GitOps tool's sync: nothing is left to restore",
			func(s map[string]any) {
				routeAt(s, listHTTP, 1)["route"] = []any{destinationTo("sample", "v1")}
			},
			"spec.http[1].route[0].weight", "75", "no weight", true},
		{"a further destination", "shares are not what they were",
			func(s map[string]any) {
				r := routeAt(s, listHTTP, 1)
				r["route"] = append(entriesOf(r), destinationTo("newcomer", ""))
			},
			"spec.http[1].route[2]", "no further destination", "newcomer", true},
		{"stable sent elsewhere", "it is not the stable that was measured",
			func(s map[string]any) {
				entryAt(s, listHTTP, 1, 0)["destination"].(map[string]any)["subset"] = "v9"
			},
			"spec.http[1].route[0].destination", "sample/v1", "sample/v9", true},
		{"the route deleted", "there is nothing to move, and nothing to restore",
			func(s map[string]any) { s[listHTTP] = routesOf(s, listHTTP)[:1] },
			"spec.http[1]", "route rest to sample/v1", "none that can be told to be the same", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
			w.prepare()
			w.set(25)
			w.somebody(tt.edit)
			changed := text(t, w.routes())
			c := conflictOf(t, w.SetWeight(ctx, traffic.Weights{Candidate: 50}))
			if d := cmp.Diff([]string{tt.path, tt.want, tt.got}, []string{c.Path, c.Want, c.Got}); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			for _, part := range []string{"VirtualService demo/sample", tt.path, "nothing was overwritten: ", c.Next} {
				if !strings.Contains(c.Error(), part) || part == "" {
					t.Errorf("the message lacks %q: %v", part, c)
				}
			}
			if d := cmp.Diff(changed, text(t, w.routes())); d != "" {
				t.Errorf("overwritten all the same:\n%s", d)
			}
			err := w.Restore(ctx)
			if tt.restores && err != nil {
				t.Errorf("restore: %v", err)
			}
			if !tt.restores {
				_ = conflictOf(t, err)
				w.resume(Force())
				w.restore()
			}
			if sendsTo(map[string]any{"route": allEntries(spec(w.routes()))}, []destination{{Host: "sample", Subset: "canary"}}) {
				t.Errorf("the candidate is still in the routes:\n%s", text(t, w.routes()))
			}
			if got := destinations(spec(w.routes()))[0]; got != "http[0]: sample/v1 90, elsewhere 10" {
				t.Errorf("the other route did not come back: %s", got)
			}
		})
	}
}

func allEntries(spec map[string]any) (out []any) {
	for _, list := range lists {
		for _, r := range routesOf(spec, list) {
			out = append(out, entriesOf(r)...)
		}
	}
	return out
}

// TestAmbiguousRoutes: two routes that nothing tells apart, one of them new.
// Editing either would be a guess.
func TestAmbiguousRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	w.set(25)
	w.somebody(func(s map[string]any) {
		s[listHTTP] = append(routesOf(s, listHTTP), map[string]any{"route": []any{destinationTo("sample", "v1")}})
	})
	c := conflictOf(t, w.SetWeight(context.Background(), traffic.Weights{Candidate: 50}))
	if c.Path != "spec.http[0]" || !strings.Contains(c.Got, "none that can be told to be the same") {
		t.Errorf("conflict: %v", c)
	}
	_ = conflictOf(t, w.Restore(context.Background()))
}

// TestCopiedRoute: somebody copied a route with the candidate in it. The
// candidate's subset must not be pulled away under it.
func TestCopiedRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(twoRoutes))
	w.prepare()
	w.set(25)
	w.somebody(func(s map[string]any) {
		twin := runtime.DeepCopyJSONValue(routesOf(s, listHTTP)[1]).(map[string]any)
		twin["name"], twin["match"] = "copy", []any{map[string]any{"port": int64(9)}}
		s[listHTTP] = append(routesOf(s, listHTTP), twin)
	})
	w.restore()
	c := conflictOf(t, w.Cleanup(context.Background()))
	if c.Path != "spec.http[2]" || !strings.Contains(c.Next, "remove the candidate from the copy") {
		t.Errorf("conflict: %v", c)
	}
	w.somebody(func(s map[string]any) { s[listHTTP] = routesOf(s, listHTTP)[:2] })
	w.cleanup()
}

// TestCleanupBeforeRestore would make requests fail.
func TestCleanupBeforeRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	c := conflictOf(t, w.Cleanup(context.Background()))
	if !strings.Contains(c.Next, "restore the routes first") {
		t.Errorf("conflict: %v", c)
	}
}

// TestDeletedObject: there is nothing to move and nothing to restore.
func TestDeletedObject(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	w.must(w.client.Tracker().Delete(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resourceVirtualServices}, "demo", "sample"))
	c := conflictOf(t, w.SetWeight(ctx, traffic.Weights{Candidate: 5}))
	if !strings.Contains(c.Got, "deleted") {
		t.Errorf("conflict: %v", c)
	}
	w.restore()
	w.cleanup()
	if s := subsetsOf(spec(w.object(resourceDestinationRules, "demo", "sample"))); len(s) != 1 {
		t.Errorf("subsets left: %v", s)
	}
}
