package istio

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// TestRestoreGivesBackTheIdenticalObject is the promise to users: any
// VirtualServices, any sequence of weights, in one process or several, then
// restore, and the objects are what they were.
func TestRestoreGivesBackTheIdenticalObject(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, before := anyWorld(t)
		for i := range rapid.IntRange(0, 6).Draw(t, "steps") {
			w.anyStep(t, i, before)
		}
		w.restore()
		w.cleanup()
		for name, was := range before {
			if now := text(t, w.object(resourceVirtualServices, "demo", name)); now != text(t, was) {
				t.Fatalf("%s is not what it was:\n%s\nwas:\n%s", name, now, text(t, was))
			}
		}
		if now := text(t, w.object(resourceDestinationRules, "demo", "sample").Object["spec"]); now != text(t, parse(t, propertyRule).Object["spec"]) {
			t.Fatalf("the DestinationRule is not what it was:\n%s", now)
		}
	})
}

// TestForeignEditsSurvive: what others change beside the weights is there after
// restore, as if Headgate had never been.
func TestForeignEditsSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, before := anyWorld(t)
		w.prepare()
		for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "foreign") {
				w.anyForeignEdit(t, i, before)
			} else {
				w.anyStep(t, i, before)
			}
		}
		w.restore()
		w.cleanup()
		for name, want := range before {
			if now := text(t, w.object(resourceVirtualServices, "demo", name)); now != text(t, want) {
				t.Fatalf("%s:\n%s\nwant the original with the foreign edits:\n%s", name, now, text(t, want))
			}
		}
	})
}

const propertyRule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: sample, namespace: demo}
spec:
  host: sample.demo.svc.cluster.local
  subsets:
  - {name: v1, labels: {version: v1}, unknown: [1, {a: null}]}
  - {name: v-other, labels: {version: other}}
`

type objectMap = map[string]*unstructured.Unstructured

// anyWorld is a cluster with one to three VirtualServices; the first has a
// route to stable.
func anyWorld(t *rapid.T) (*world, objectMap) {
	subset := ""
	if rapid.Bool().Draw(t, "by subset") {
		subset = "v1"
	}
	before := objectMap{}
	objects := []*unstructured.Unstructured{parse(t, service), parse(t, propertyRule)}
	for i := range rapid.IntRange(1, 3).Draw(t, "objects") {
		o := anyVirtualService(t, fmt.Sprintf("vs-%d", i), subset, i == 0)
		before[o.GetName()] = o
		objects = append(objects, o)
	}
	target := stableV1()
	target.Baseline = rapid.Bool().Draw(t, "baseline")
	return worldOf(t, target, objects...), before
}

// anyStep does one thing that a Rollout does, and checks what it promises.
func (w *world) anyStep(t *rapid.T, i int, before objectMap) {
	w.t = t
	switch rapid.IntRange(0, 3).Draw(t, fmt.Sprintf("step %d", i)) {
	case 0:
		w.resume()
	case 1:
		w.restore()
	default:
		want := traffic.Weights{Candidate: rapid.IntRange(0, 100).Draw(t, "percent")}
		if w.state.Baseline != nil {
			want.Baseline = rapid.IntRange(0, want.Stable()).Draw(t, "baseline's percent")
		}
		w.prepare()
		w.share(want.Candidate, want.Baseline)
		if got, err := w.Weight(context.Background()); err != nil || got != want {
			t.Fatalf("Weight says %s (%v) after SetWeight(%s)", got, err, want)
		}
		w.checkShares(t, want, before)
	}
}

// checkShares: others' proportions are as the user wrote them.
func (w *world) checkShares(t *rapid.T, want traffic.Weights, before objectMap) {
	for _, vs := range w.state.VirtualServices {
		live := spec(w.object(resourceVirtualServices, vs.Namespace, vs.Name))
		for _, l := range vs.locateAll(live) {
			if !l.edited() {
				continue
			}
			base := effective(l.Entries)
			now := effective(readEntries(entriesOf(routesOf(live, l.List)[l.pos])))
			for j, e := range l.Entries {
				mine := slices.ContainsFunc(l.Shares, func(s share) bool { return s.Stable == j || s.Into != nil && *s.Into == j })
				if !mine && now[j]*sum(base) != base[j]*sum(now) {
					t.Fatalf("%s at %s: %s had %d of %d and has %d of %d", vs.Name, want, e, base[j], sum(base), now[j], sum(now))
				}
			}
		}
	}
	_ = before
}

func sum(ws []int64) (s int64) {
	for _, w := range ws {
		s += w
	}
	return s
}

// anyForeignEdit changes an object in the cluster and its wanted end alike.
func (w *world) anyForeignEdit(t *rapid.T, i int, before objectMap) {
	w.t = t
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(before))).Draw(t, "object")
	live := w.object(resourceVirtualServices, "demo", name)
	list := rapid.SampledFrom(lists).Draw(t, "list")
	edits := []func(spec map[string]any){
		func(s map[string]any) { s["hosts"] = []any{fmt.Sprintf("changed-%d.example", i)} },
		func(s map[string]any) { s["unheardOf"] = map[string]any{"deep": []any{int64(i)}} },
	}
	if n := len(routesOf(spec(live), list)); n > 0 {
		at := rapid.IntRange(0, n-1).Draw(t, "route")
		edits = append(edits,
			func(s map[string]any) { routeAt(s, list, at)["timeout"] = fmt.Sprintf("%ds", i+1) },
			func(s map[string]any) {
				fresh := map[string]any{
					"match": []any{map[string]any{"port": int64(10000 + i)}},
					"route": []any{map[string]any{"destination": map[string]any{"host": "brand-new"}}},
				}
				s[list] = slices.Insert(routesOf(s, list), at, any(fresh))
			},
			func(s map[string]any) {
				routes := routesOf(s, list)
				s[list] = append(slices.Delete(slices.Clone(routes), at, at+1), routes[at])
			},
		)
	}
	edit := rapid.SampledFrom(edits).Draw(t, "edit")
	edit(spec(live))
	edit(spec(before[name]))
	w.put(live)
}

// anyVirtualService has routes of all kinds, with fields that nobody knows.
func anyVirtualService(t *rapid.T, name, subset string, withStable bool) *unstructured.Unstructured {
	s := map[string]any{"hosts": []any{name + ".example"}, "junk": anyJSON(t, 2)}
	id := 0
	for _, list := range lists {
		routes := []any{}
		for range rapid.IntRange(0, 3).Draw(t, list) {
			routes = append(routes, anyRoute(t, list, subset, id))
			id++
		}
		if list == listHTTP && withStable {
			routes = append(routes, map[string]any{"route": []any{destinationTo("sample", subset)}})
		}
		if len(routes) > 0 || rapid.Bool().Draw(t, "empty list") {
			s[list] = routes
		}
	}
	o := &unstructured.Unstructured{Object: map[string]any{}}
	o.SetAPIVersion(group + "/v1")
	o.SetKind(kindVirtualService)
	o.SetNamespace("demo")
	o.SetName(name)
	o.SetAnnotations(map[string]string{"user": "wrote this"})
	o.Object["spec"] = s
	return o
}

func destinationTo(host, subset string) map[string]any {
	d := map[string]any{"host": host}
	if subset != "" {
		d["subset"] = subset
	}
	return map[string]any{"destination": d}
}

func anyRoute(t *rapid.T, list, subset string, id int) map[string]any {
	r := map[string]any{}
	if rapid.Bool().Draw(t, "junk in the route") {
		r["unknown"] = anyJSON(t, 2)
	}
	r["match"] = []any{map[string]any{"port": int64(id)}}
	if list == listHTTP && rapid.Bool().Draw(t, "named") {
		r["name"] = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
	}
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if list == listHTTP && kind < 3 {
		key := []string{"redirect", "directResponse", "delegate"}[kind]
		r[key] = map[string]any{"name": "elsewhere", "status": int64(200)}
		return r
	}
	r["route"] = anyEntries(t, subset)
	return r
}

func anyEntries(t *rapid.T, subset string) []any {
	var out []any
	n := rapid.IntRange(1, 4).Draw(t, "destinations")
	total := int64(0)
	for range n {
		e := anyEntry(t, subset)
		if w, ok := e["weight"].(int64); ok {
			total += w
		}
		out = append(out, e)
	}
	if n > 1 && total == 0 { // Istio refuses such a route
		out[0].(map[string]any)["weight"] = int64(100)
		if d := out[0].(map[string]any)["destination"].(map[string]any); d["subset"] == "canary" || d["subset"] == "baseline" || d["host"] == "sample-canary" || d["host"] == "sample-baseline" {
			out[0] = destinationTo("other", "")
			out[0].(map[string]any)["weight"] = int64(100)
		}
	}
	return out
}

func anyEntry(t *rapid.T, subset string) map[string]any {
	host := rapid.SampledFrom([]string{"sample", "sample", "sample.demo.svc.cluster.local", "other", "other.far.svc.cluster.local"}).Draw(t, "host")
	e := destinationTo(host, subset)
	d := e["destination"].(map[string]any)
	kind := rapid.IntRange(0, 7).Draw(t, "entry")
	if subset != "" && kind == 0 {
		d["subset"] = "v-other"
	}
	if rapid.Bool().Draw(t, "port") {
		d["port"] = map[string]any{"number": int64(rapid.SampledFrom([]int{80, 81}).Draw(t, "number"))}
	}
	if rapid.Bool().Draw(t, "junk") {
		e["headers"] = anyJSON(t, 2)
	}
	if kind == 1 || kind == 2 { // the candidate or the baseline, listed by the user
		own := []string{"canary", "baseline"}[kind-1]
		if subset != "" {
			d["subset"] = own
		} else {
			d["host"] = "sample-" + own
		}
		if rapid.Bool().Draw(t, "explicit zero") {
			e["weight"] = int64(0)
		}
		return e
	}
	if rapid.Bool().Draw(t, "weighted") {
		e["weight"] = int64(rapid.IntRange(0, 200).Draw(t, "weight"))
	}
	return e
}

// anyJSON is a value that no schema knows.
func anyJSON(t *rapid.T, depth int) any {
	switch n := rapid.IntRange(0, 6).Draw(t, "json"); {
	case n == 0:
		return nil
	case n == 1:
		return rapid.Bool().Draw(t, "bool")
	case n == 2:
		return int64(rapid.IntRange(-5, 1<<40).Draw(t, "int"))
	case n == 3 || depth == 0:
		return rapid.StringN(0, 8, -1).Draw(t, "string")
	case n == 4:
		return 0.5
	case n == 5:
		return []any{anyJSON(t, depth-1), anyJSON(t, depth-1)}
	default:
		return map[string]any{"weight": anyJSON(t, depth-1), "x": anyJSON(t, depth-1)}
	}
}

// TestAnyJSONSurvivesTheFixture keeps the generator honest: what it makes must
// come out of the fake cluster unchanged before anything edits it.
func TestAnyJSONSurvivesTheFixture(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, before := anyWorld(t)
		for name, was := range before {
			if text(t, w.object(resourceVirtualServices, "demo", name)) != text(t, was) {
				t.Fatalf("the fixture changed %s", name)
			}
		}
	})
}
