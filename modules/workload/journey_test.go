package workload

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serving is a cluster in which stable serves.
func serving(t *testing.T, manifest string) *cluster {
	t.Helper()
	c := newCluster(t)
	c.kubelet(healthy)
	c.create(deployments, parse(t, manifest))
	c.ready()
	return c
}

func TestPromotedImage(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx, before := t.Context(), c.get(deployments, "sample")
	cand := c.open(c.options())
	if !cand.Differs() || len(cand.Plan().Warnings) > 0 {
		t.Errorf("plan %+v", cand.Plan())
	}
	c.must("check", cand.Check(ctx))
	c.gone(deployments, "sample-canary")
	c.must("create", cand.Create(ctx, 1))
	c.must("create again", c.resumed(cand).Create(ctx, 1))

	for weight, want := range map[int]string{1: "1 of 1 replicas ready", 100: "2 of 2 replicas ready"} {
		if _, err := cand.EnsureCapacity(ctx, weight, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := c.resumed(cand).EnsureCapacity(ctx, 1, 0); weight == 100 && (err != nil || got != want) {
			t.Errorf("at weight %d then 1: %q, %v; want %q: a candidate is not shrunk under traffic", weight, got, err, want)
		}
	}
	if d := cmp.Diff(at(before, "spec"), at(c.get(deployments, "sample"), "spec")); d != "" {
		t.Errorf("stable was touched before promotion:\n%s", d)
	}

	c.must("promote", cand.PromoteStable(ctx))
	c.must("promote again", c.resumed(cand).PromoteStable(ctx))
	c.must("remove", c.resumed(cand).Remove(ctx))
	c.must("remove again", cand.Remove(ctx))
	c.gone(deployments, "sample-canary")

	want := before.DeepCopy()
	containers(want.Object, "containers")[0]["image"] = newImage
	if d := cmp.Diff(at(want, "spec"), at(c.get(deployments, "sample"), "spec")); d != "" {
		t.Errorf("stable afterwards (-want +got):\n%s", d)
	}
	if again := c.open(c.options()); again.Differs() {
		t.Errorf("the same image still differs: %v", again.Plan().Changes)
	}
}

func TestRolledBackLeavesNothing(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx, before := t.Context(), c.get(deployments, "sample")
	cand := c.open(c.options())
	c.must("create", cand.Create(ctx, 50))
	if _, err := cand.EnsureCapacity(ctx, 50, 0); err != nil {
		t.Fatal(err)
	}
	c.must("revert", cand.RevertStable(ctx))
	c.must("remove", cand.Remove(ctx))

	after := c.get(deployments, "sample")
	if before.GetGeneration() != after.GetGeneration() {
		t.Errorf("stable was written: generation %d, then %d", before.GetGeneration(), after.GetGeneration())
	}
	list, err := c.api(pods).List(ctx, metav1.ListOptions{LabelSelector: cand.Selector()})
	if err != nil || len(list.Items) > 0 {
		t.Errorf("%d candidate Pods are left (%v)", len(list.Items), err)
	}
}

func TestPromotionUndone(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx, before := t.Context(), c.get(deployments, "sample")
	cand := c.open(c.options())
	early := c.resumed(cand)
	c.must("promote", cand.PromoteStable(ctx))
	// A process that died in the middle knows only what was saved before it.
	c.must("revert", early.RevertStable(ctx))
	c.must("revert again", cand.RevertStable(ctx))
	if d := cmp.Diff(at(before, "spec"), at(c.get(deployments, "sample"), "spec")); d != "" {
		t.Errorf("stable is not as before:\n%s", d)
	}
}

func TestSomebodyElseChangesStable(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx := t.Context()
	cand := c.open(c.options())
	c.patch(deployments, "sample", `{"spec":{"template":{"metadata":{"labels":{"tier":"web"}}}}}`)
	err := cand.PromoteStable(ctx)
	if err == nil || !strings.Contains(err.Error(), "Deployment "+c.namespace+"/sample: spec.template was changed by somebody else") || !strings.Contains(err.Error(), "metadata.labels") {
		t.Errorf("promote: %v", err)
	}
	if got := c.get(deployments, "sample"); containers(got.Object, "containers")[0]["image"] != oldImage {
		t.Error("stable was overwritten")
	}
	// Nothing of ours is in stable, so a rollback has nothing to put back there.
	c.must("revert", cand.RevertStable(ctx))

	c.must("delete", c.api(deployments).Delete(ctx, "sample", metav1.DeleteOptions{}))
	if _, err := cand.EnsureCapacity(ctx, 50, 0); err == nil || !strings.Contains(err.Error(), "it was deleted") {
		t.Errorf("capacity after stable was deleted: %v", err)
	}
}

func TestSomebodyElseChangesStableAfterPromotion(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	cand := c.open(c.options())
	early := c.resumed(cand)
	c.must("promote", cand.PromoteStable(t.Context()))
	c.patch(deployments, "sample", `{"spec":{"template":{"metadata":{"labels":{"tier":"web"}}}}}`)
	for reason, process := range map[string]*Candidate{"the one that promoted": cand, "one that knows no more than the plan": early} {
		var conflict *ConflictError
		if err := process.RevertStable(t.Context()); !errors.As(err, &conflict) {
			t.Errorf("revert by %s: %v, want a conflict", reason, err)
		}
	}
}

func TestCapacityFollowsStable(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx := t.Context()
	cand := c.open(c.options())
	c.must("create", cand.Create(ctx, 1))
	for _, tc := range []struct {
		scale, weight int
		want          string
		reason        string
	}{
		{6, 50, "3 of 3", "an autoscaler made stable larger"},
		{2, 100, "6 of 6", "it shrank as its traffic left, and the candidate must carry all of it"},
	} {
		c.patch(deployments, "sample", `{"spec":{"replicas":`+string(rune('0'+tc.scale))+`}}`)
		got, err := c.resumed(cand).EnsureCapacity(ctx, tc.weight, 0)
		if err == nil {
			got, err = cand.EnsureCapacity(ctx, tc.weight, 0)
		}
		if err != nil || !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, %v; want %s", tc.reason, got, err, tc.want)
		}
	}
}
