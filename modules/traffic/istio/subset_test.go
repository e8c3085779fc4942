package istio

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// TestSubsetOfTheCandidate: how the candidate is told apart by a subset, and
// what its Pods must carry for it.
func TestSubsetOfTheCandidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		rule         string
		target       func(*traffic.Target)
		labels       map[string]string
		subsets      []string
	}{
		{
			"none there", "one is added with stable's traffic policy, and Pods leave stable's subset",
			ruleV1, nil,
			map[string]string{"headgate.dev/role": "candidate", "version": "v1-canary"},
			[]string{"v1", "canary"},
		},
		{
			"the user's own", "its labels are the candidate's; nothing is added",
			strings.Replace(ruleV1, "name: v1", "name: v2\n    labels: {version: v2}\n  - name: v1", 1),
			func(t *traffic.Target) { t.Subset = "v2" },
			map[string]string{"headgate.dev/role": "candidate", "version": "v2"},
			[]string{"v2", "v1"},
		},
		{
			"the user's own, by another label", "stable's subset must be left all the same",
			strings.Replace(ruleV1, "name: v1", "name: canary\n    labels: {track: canary}\n  - name: v1", 1), nil,
			map[string]string{"headgate.dev/role": "candidate", "track": "canary", "version": "v1-canary"},
			[]string{"canary", "v1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := stableV1()
			if tt.target != nil {
				tt.target(&target)
			}
			w := newWorld(t, target, service, tt.rule, vs(toStable))
			before := text(t, w.object(resourceDestinationRules, "demo", "sample"))
			if d := cmp.Diff(tt.labels, w.CandidateLabels().Set); d != "" {
				t.Errorf("%s: labels (-want +got):\n%s", tt.reason, d)
			}
			pod := apply(target.StableLabels, w.CandidateLabels())
			if matches(map[string]string{"version": "v1"}, pod) || !matches(map[string]string{"app": "sample"}, pod) {
				t.Errorf("candidate Pods %v are stable's, or not behind the Service", pod)
			}
			w.prepare()
			w.prepare() // again, as after a crash
			rule := spec(w.object(resourceDestinationRules, "demo", "sample"))
			var got []string
			for _, s := range subsetsOf(rule) {
				got = append(got, s.(map[string]any)["name"].(string))
			}
			if d := cmp.Diff(tt.subsets, got); d != "" {
				t.Errorf("%s: subsets (-want +got):\n%s", tt.reason, d)
			}
			w.set(50)
			w.restore()
			w.cleanup()
			w.cleanup()
			if d := cmp.Diff(before, text(t, w.object(resourceDestinationRules, "demo", "sample"))); d != "" {
				t.Errorf("the DestinationRule did not come back:\n%s", d)
			}
		})
	}
}

// TestSubsetCopiesStables: connection limits and TLS must be the same for both
// versions, or the comparison is not fair.
func TestSubsetCopiesStables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	w.prepare()
	s, _ := subsetIn(spec(w.object(resourceDestinationRules, "demo", "sample")), "canary")
	want := map[string]any{
		"name": "canary", "labels": map[string]any{"headgate.dev/role": "candidate"},
		"trafficPolicy": map[string]any{"loadBalancer": map[string]any{"simple": "LEAST_REQUEST"}},
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestSubsetInEveryRule: a client namespace's own DestinationRule goes before
// the Service's there, so it needs the candidate's subset too.
func TestSubsetInEveryRule(t *testing.T) {
	t.Parallel()
	far := strings.NewReplacer("namespace: demo", "namespace: far", "host: sample", "host: sample.demo.svc.cluster.local").Replace(ruleV1)
	other := strings.NewReplacer("namespace: demo", "namespace: other").Replace(ruleV1) // its short name means another host
	w := newWorld(t, stableV1(), service, ruleV1, far, other, vs(toStable))
	if got := traffic.Describe(w.Objects()); got != "DestinationRule demo/sample, DestinationRule far/sample, VirtualService demo/sample" {
		t.Errorf("objects: %s", got)
	}
}

// TestSubsetByWildcard: one rule for a whole namespace is as good.
func TestSubsetByWildcard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stableV1(), service, strings.Replace(ruleV1, "host: sample", `host: "*.demo.svc.cluster.local"`, 1), vs(toStable))
	w.prepare()
	if _, ok := subsetIn(spec(w.object(resourceDestinationRules, "demo", "sample")), "canary"); !ok {
		t.Error("the candidate's subset is missing")
	}
}

// TestSubsetsThatDisagree cannot both be the candidate's.
func TestSubsetsThatDisagree(t *testing.T) {
	t.Parallel()
	with := func(ns, version string) string {
		return strings.NewReplacer("namespace: demo", "namespace: "+ns, "host: sample", "host: sample.demo.svc.cluster.local",
			"- name: v1", "- name: canary\n    labels: {version: "+version+"}\n  - name: v1").Replace(ruleV1)
	}
	_, err := Find(context.Background(), fakeClient(parse(t, service), parse(t, with("demo", "v2")), parse(t, with("far", "v3")), parse(t, vs(toStable))), stableV1())
	if err == nil || !strings.Contains(err.Error(), "make them the same") {
		t.Errorf("%v", err)
	}
}

// TestSomebodyChangesTheSubset: it is not thrown away unasked.
func TestSomebodyChangesTheSubset(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, stableV1(), service, ruleV1, vs(toStable))
	before := text(t, w.object(resourceDestinationRules, "demo", "sample"))
	w.prepare()
	rule := w.object(resourceDestinationRules, "demo", "sample")
	s, _ := subsetIn(spec(rule), "canary")
	s["trafficPolicy"] = map[string]any{"loadBalancer": map[string]any{"simple": "RANDOM"}}
	w.put(rule)
	w.restore()
	c := conflictOf(t, w.Cleanup(ctx))
	if c.Path != "spec.subsets[1]" || !strings.Contains(c.Got, "RANDOM") || !strings.Contains(c.Want, "LEAST_REQUEST") {
		t.Errorf("conflict: %v", c)
	}
	_ = conflictOf(t, w.Prepare(ctx))
	w.resume(Force())
	w.cleanup()
	if d := cmp.Diff(before, text(t, w.object(resourceDestinationRules, "demo", "sample"))); d != "" {
		t.Errorf("forced: %s", d)
	}
}

// TestStableLabelsUnknown: one subset in use must be stable's; of two it takes
// the Pods' labels to tell.
func TestStableLabelsUnknown(t *testing.T) {
	t.Parallel()
	target := stableV1()
	target.StableLabels = nil
	w := newWorld(t, target, service, ruleV1, vs(toStable))
	if got := w.CandidateLabels().Set["version"]; got == "v1" || got == "" {
		t.Errorf("the candidate's version is %q", got)
	}
	two := strings.Replace(ruleV1, "name: v1", "name: v0\n    labels: {version: v0}\n  - name: v1", 1)
	_, err := Find(context.Background(), fakeClient(parse(t, service), parse(t, two),
		parse(t, vs(`  http: [{route: [{destination: {host: sample, subset: v1}, weight: 50}, {destination: {host: sample, subset: v0}, weight: 50}]}]`))), target)
	if err == nil || !strings.Contains(err.Error(), "labels of stable's Pods are needed") {
		t.Errorf("%v", err)
	}
	if errors.Is(err, traffic.ErrChanged) {
		t.Error("nobody changed anything")
	}
}
