package istio

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/traffic"
)

func besideV1() traffic.Target {
	t := stableV1()
	t.Baseline = true
	return t
}

// TestBaselineBySubset: three versions share what was stable's, in all lists and
// in the proportions of the others, and the objects come back.
func TestBaselineBySubset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, besideV1(), service, ruleV1, vs(allKinds))
	before := text(t, w.routes()) + text(t, w.object(resourceDestinationRules, "demo", "sample"))
	if d := cmp.Diff(map[string]string{"headgate.dev/role": "baseline", "version": "v1-baseline"}, w.BaselineLabels().Set); d != "" {
		t.Errorf("labels (-want +got):\n%s", d)
	}
	w.prepare()
	for _, tt := range []struct {
		candidate, baseline int
		want                []string
	}{
		{0, 0, []string{
			"http[0]: sample/v1:80 90, elsewhere 10, sample/canary:80 0, sample/baseline:80 0",
			"http[2]: sample.demo.svc.cluster.local/v1 100, sample.demo.svc.cluster.local/canary 0, sample.demo.svc.cluster.local/baseline 0",
			"tcp[0]: sample/v1 100, sample/canary 0, sample/baseline 0", "tls[0]: sample/v1 100, sample/canary 0, sample/baseline 0",
		}},
		{25, 25, []string{
			"http[0]: sample/v1:80 90, elsewhere 20, sample/canary:80 45, sample/baseline:80 45",
			"http[2]: sample.demo.svc.cluster.local/v1 50, sample.demo.svc.cluster.local/canary 25, sample.demo.svc.cluster.local/baseline 25",
			"tcp[0]: sample/v1 50, sample/canary 25, sample/baseline 25", "tls[0]: sample/v1 50, sample/canary 25, sample/baseline 25",
		}},
		{75, 25, []string{
			"http[0]: sample/v1:80 0, elsewhere 20, sample/canary:80 135, sample/baseline:80 45",
			"http[2]: sample.demo.svc.cluster.local/v1 0, sample.demo.svc.cluster.local/canary 75, sample.demo.svc.cluster.local/baseline 25",
			"tcp[0]: sample/v1 0, sample/canary 75, sample/baseline 25", "tls[0]: sample/v1 0, sample/canary 75, sample/baseline 25",
		}},
	} {
		w.share(tt.candidate, tt.baseline)
		if got := destinations(spec(w.routes())); !sameRoutes(got, tt.want) {
			t.Errorf("%d and %d (-want +got):\n%s", tt.candidate, tt.baseline, cmp.Diff(tt.want, got))
		}
		w.resume()
	}
	w.restore()
	w.cleanup()
	if d := cmp.Diff(before, text(t, w.routes())+text(t, w.object(resourceDestinationRules, "demo", "sample"))); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// sameRoutes compares without what is the same in every case.
func sameRoutes(got, want []string) bool {
	return strings.Join(got, "\n") == strings.Join(want, "\n")
}

// TestBaselineByHost: where there are no subsets it has a Service and copies of
// the rules of its own, as the candidate has.
func TestBaselineByHost(t *testing.T) {
	t.Parallel()
	target := besideV1()
	w := newWorld(t, target, service, hostRule, vs(toHost))
	before := text(t, w.routes())
	w.prepare()
	w.share(25, 25)
	want := []string{
		"http[0]: sample:80 50, sample-canary:80 25, sample-baseline:80 25",
		"tcp[0]: sample.demo.svc.cluster.local 50, sample-canary.demo.svc.cluster.local 25, sample-baseline.demo.svc.cluster.local 25",
	}
	if d := cmp.Diff(want, destinations(spec(w.routes()))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, role := range []string{"candidate", "baseline"} {
		pod := apply(target.StableLabels, *w.state.labels(role))
		for _, other := range []string{"candidate", "baseline"} {
			selector := selectorOf(w.object(resourceServices, "demo", "sample"+suffixOf(other)))
			if matches(selector, pod) != (role == other) {
				t.Errorf("the %s's Service (%v) and %s Pods (%v)", other, selector, role, pod)
			}
		}
	}
	ways := w.Ways()
	if ways.Baseline[0].Host != "sample-baseline.demo.svc.cluster.local" || ways.Candidate[0].Host != "sample-canary.demo.svc.cluster.local" {
		t.Errorf("ways: %+v", ways)
	}
	w.resume()
	w.restore()
	w.cleanup()
	if d := cmp.Diff(before, text(t, w.routes())); d != "" {
		t.Errorf("the route did not come back: %s", d)
	}
	for _, gone := range []traffic.ObjectRef{w.state.Names.of("baseline").ref(), ruleRef("sample-baseline"), ruleRef("sample-canary")} {
		if _, err := w.get(context.Background(), gone); !apierrors.IsNotFound(err) {
			t.Errorf("%s is left behind: %v", gone, err)
		}
	}
}

// TestSomebodyChangesTheBaselinesWeight: it is Headgate's as the candidate's is.
func TestSomebodyChangesTheBaselinesWeight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, besideV1(), service, ruleV1, vs(toStable))
	w.prepare()
	w.share(25, 25)
	w.somebody(func(s map[string]any) { entryAt(s, listHTTP, 0, 2)["weight"] = int64(30) })
	err := w.SetWeight(context.Background(), traffic.Weights{Candidate: 50, Baseline: 50})
	if !errors.Is(err, traffic.ErrChanged) || !strings.Contains(err.Error(), "route[2].weight") {
		t.Errorf("got %v", err)
	}
	if err := w.Restore(context.Background()); !errors.Is(err, traffic.ErrChanged) {
		t.Errorf("it was overwritten: %v", err)
	}
	w.resume(Force())
	w.restore()
	if got := destinations(spec(w.routes())); len(got) != 1 || strings.Contains(got[0], "baseline") {
		t.Errorf("by force: %v", got)
	}
}

// TestRecordOfABaseline: an older headgate, which would leave it behind, does not
// read the record; without a baseline it reads what is written.
func TestRecordOfABaseline(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		target traffic.Target
		want   string
	}{{"without", stableV1(), `"version":2`}, {"with", besideV1(), `"version":3`}} {
		w := newWorld(t, tt.target, service, ruleV1, vs(toStable))
		w.prepare()
		w.resume()
		data, err := w.State()
		w.must(err)
		if !strings.Contains(string(data), tt.want) {
			t.Errorf("%s: %s", tt.name, data)
		}
	}
}

// TestNamesThatABaselineNeeds are refused with what to do about them.
func TestNamesThatABaselineNeeds(t *testing.T) {
	t.Parallel()
	taken := strings.ReplaceAll(ruleV1, "name: v1", "name: baseline")
	own := strings.Replace(ruleV1, "name: v1", "name: baseline\n    labels: {headgate.dev/role: candidate}\n  - name: v1", 1)
	for _, tt := range []struct{ name, rule, route, want string }{
		{"stable's subset is called so", taken, strings.ReplaceAll(toStable, "subset: v1", "subset: baseline"), "rename the subset, or roll out without a baseline"},
		{"a subset of the user's fits the candidate", own, toStable, "give it labels of its own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Find(context.Background(), fakeClient(parse(t, service), parse(t, tt.rule), parse(t, vs(tt.route))), besideV1())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLiveBaseline: the API server takes routes of three versions, and they come
// back with their owners as they were.
func TestLiveBaseline(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := newLive(t, service, ruleV1, vs(allKinds))
	routes, rule := l.read(kindVirtualService, "sample"), l.read(kindDestinationRule, "sample")
	target := besideV1()
	target.Namespace = l.ns
	s, err := Find(ctx, l.client, target)
	l.must(err)
	l.must(s.Prepare(ctx))
	for _, w := range []traffic.Weights{{Candidate: 1, Baseline: 1}, {Candidate: 50, Baseline: 50}, {Candidate: 75, Baseline: 25}, {Candidate: 90}, {Candidate: 33, Baseline: 33}} {
		l.must(s.SetWeight(ctx, w))
		if got, err := s.Weight(ctx); err != nil || got != w {
			t.Errorf("Weight: %s, %v; want %s", got, err, w)
		}
	}
	l.must(s.Restore(ctx))
	l.must(s.Cleanup(ctx))
	for kind, was := range map[string]interface {
		GetManagedFields() []metav1.ManagedFieldsEntry
	}{kindVirtualService: routes, kindDestinationRule: rule} {
		now := l.read(kind, "sample")
		if d := cmp.Diff(owned(was.GetManagedFields()), owned(now.GetManagedFields())); d != "" {
			t.Errorf("%s: owners:\n%s", kind, d)
		}
	}
	if d := cmp.Diff(authored(t, routes)+authored(t, rule), authored(t, l.read(kindVirtualService, "sample"))+authored(t, l.read(kindDestinationRule, "sample"))); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// owned are the fields of the spec by their managers.
func owned(entries []metav1.ManagedFieldsEntry) map[string]any {
	out := map[string]any{}
	for _, m := range entries {
		out[m.Manager+" "+string(m.Operation)] = specFields(m)
	}
	return out
}
