package istio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubetesting "k8s.io/client-go/testing"

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
			c := conflictOf(t, w.SetWeight(ctx, 50))
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
				conflictOf(t, err)
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
	c := conflictOf(t, w.SetWeight(context.Background(), 50))
	if c.Path != "spec.http[0]" || !strings.Contains(c.Got, "none that can be told to be the same") {
		t.Errorf("conflict: %v", c)
	}
	conflictOf(t, w.Restore(context.Background()))
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

// TestSeveralObjects: they move in a fixed order; a failure says which have
// moved, and doing it again finishes the rest.
func TestSeveralObjects(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vsNamed("demo", "a", toStable), vsNamed("demo", "b", toStable), vsNamed("demo", "c", toStable))
	w.prepare()
	refuse := "b"
	w.client.PrependReactor("patch", resourceVirtualServices, func(a kubetesting.Action) (bool, runtime.Object, error) {
		if a.(kubetesting.PatchAction).GetName() == refuse {
			return true, nil, apierrors.NewServiceUnavailable("not now")
		}
		return false, nil, nil
	})
	err := w.SetWeight(ctx, 25)
	var partial *traffic.PartialError
	if !errors.As(err, &partial) || traffic.Describe(partial.Moved) != "VirtualService demo/a" {
		t.Fatalf("want a PartialError that names demo/a, got %v", err)
	}
	if !apierrors.IsServiceUnavailable(err) || !strings.Contains(err.Error(), "patch VirtualService demo/b") {
		t.Errorf("the cause is hidden: %v", err)
	}
	var disagree *traffic.DisagreeError
	if _, err := w.Weight(ctx); !errors.As(err, &disagree) || !strings.Contains(err.Error(), "VirtualService demo/a spec.http[0]: 25%") {
		t.Errorf("Weight: want a DisagreeError, got %v", err)
	}
	if err := w.SetWeight(ctx, 0); !errors.As(err, &partial) || len(partial.Moved) != 2 {
		// b stands at 0 by itself; asking for 0 must not need a patch there
		w.must(err)
	}
	refuse = ""
	w.set(25)
	if p := w.weight(); p != 25 {
		t.Errorf("after the retry: %d%%", p)
	}
	w.restore()
}

// TestLostAnswer: a write that arrived while its answer did not is Headgate's
// own, not somebody else's change.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, crashed := range []bool{false, true} {
		t.Run(fmt.Sprintf("process died %v", crashed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
			before := text(t, w.routes())
			w.prepare()
			w.set(5)
			lose := true
			w.client.PrependReactor("patch", resourceVirtualServices, func(a kubetesting.Action) (bool, runtime.Object, error) {
				if !lose {
					return false, nil, nil
				}
				lose = false
				_, _, err := kubetesting.ObjectReaction(w.client.Tracker())(a)
				w.must(err)
				return true, nil, errors.New("connection reset by peer")
			})
			data, err := w.State() // what the journal has when the process dies
			w.must(err)
			if err := w.SetWeight(ctx, 25); err == nil {
				t.Fatal("the lost answer is no error")
			}
			if crashed {
				w.Split, err = Resume(ctx, w.client, data)
				w.must(err)
			}
			w.set(25)
			w.set(50)
			w.restore()
			if d := cmp.Diff(before, text(t, w.routes())); d != "" {
				t.Errorf("did not come back:\n%s", d)
			}
		})
	}
}

// TestRace: somebody writes between Headgate's read and its patch. The patch
// does not apply to what they wrote, and is worked out anew.
func TestRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	refusals := 0
	w.client.PrependReactor("patch", resourceVirtualServices, func(kubetesting.Action) (bool, runtime.Object, error) {
		if refusals++; refusals > 2 {
			return false, nil, nil
		}
		w.somebody(func(s map[string]any) { s["hosts"] = []any{fmt.Sprint(refusals)} })
		return true, nil, apierrors.NewConflict(schema.GroupResource{Group: group, Resource: resourceVirtualServices}, "sample", errors.New("modified"))
	})
	w.set(25)
	if p, hosts := w.weight(), spec(w.routes())["hosts"]; p != 25 || fmt.Sprint(hosts) != "[2]" {
		t.Errorf("weight %d, hosts %v", p, hosts)
	}
	refusals = -1 << 30
	err := w.SetWeight(context.Background(), 50)
	if err == nil || !strings.Contains(err.Error(), "changes faster than it can be patched") {
		t.Errorf("an object that always changes: %v", err)
	}
}

// TestRefusedPatch: an admission webhook's word reaches the user, once.
func TestRefusedPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	tries := 0
	w.client.PrependReactor("patch", resourceVirtualServices, func(kubetesting.Action) (bool, runtime.Object, error) {
		tries++
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Group: group, Kind: kindVirtualService}, "sample", nil)
	})
	err := w.Prepare(context.Background())
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "patch VirtualService demo/sample") || tries != 1 {
		t.Errorf("%d tries: %v", tries, err)
	}
}

// TestDeletedObject: there is nothing to move and nothing to restore.
func TestDeletedObject(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	w.must(w.client.Tracker().Delete(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resourceVirtualServices}, "demo", "sample"))
	c := conflictOf(t, w.SetWeight(ctx, 5))
	if !strings.Contains(c.Got, "deleted") {
		t.Errorf("conflict: %v", c)
	}
	w.restore()
	w.cleanup()
	if s := subsetsOf(spec(w.object(resourceDestinationRules, "demo", "sample"))); len(s) != 1 {
		t.Errorf("subsets left: %v", s)
	}
}
