package workload

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/journal"
)

const hotfix = "headgate/sample:hotfix"

// writeAs changes stable under the name of a field manager.
func (c *cluster) writeAs(manager, patch string) {
	c.t.Helper()
	_, err := c.api(deployments).Patch(c.t.Context(), "sample", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: manager})
	c.must("write as "+manager, err)
}

func image(name string) string {
	return `{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"` + name + `"}]}}}}`
}

// promotedBefore is a cluster whose stable has its version from a Rollout of an
// hour ago; extra is more that this one wrote.
func promotedBefore(t *testing.T, extra string) *cluster {
	t.Helper()
	c := serving(t, strings.Replace(smallYAML, oldImage, "headgate/sample:0.9.0", 1))
	c.writeAs(fieldManager, image(oldImage))
	if extra != "" {
		c.writeAs(fieldManager, extra)
	}
	dep := c.get(deployments, "sample")
	fields := dep.GetManagedFields()
	for i := range fields {
		fields[i].Time = &metav1.Time{Time: time.Now().Add(-time.Hour)}
	}
	// The API server drops a change of nothing but times.
	patch, err := json.Marshal([]operation{{Op: "add", Path: "/metadata/labels/aged", Value: "hour"}, {Op: "replace", Path: "/metadata/managedFields", Value: fields}})
	c.must("encode", err)
	_, err = c.api(deployments).Patch(t.Context(), "sample", types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: "clock"})
	c.must("age the fields", err)
	if at := written(c.get(deployments, "sample")); at > time.Now().Add(-time.Minute).UTC().Format(time.RFC3339) {
		t.Fatalf("the earlier rollout wrote at %s", at)
	}
	return c
}

// forced is what `rollback --force` works with.
func (c *cluster) forced(cand *Candidate) *Candidate {
	c.t.Helper()
	data, err := cand.State()
	c.must("state", err)
	out, err := Resume(c.t.Context(), cand.clients, data, Force())
	c.must("resume", err)
	return out
}

func (c *cluster) image() any {
	c.t.Helper()
	return containers(c.get(deployments, "sample").Object, "containers")[0]["image"]
}

// takenOver touches what the Candidate may write, as a new driver does.
func (c *cluster) takenOver(cand *Candidate) {
	c.t.Helper()
	_, lease, err := journal.New(c.dynamic, c.namespace).Acquire(c.t.Context(), "sample", "second")
	c.must("acquire", err)
	c.must("touch", cand.Each(c.t.Context(), lease.Touch))
	c.must("release", lease.Release(c.t.Context()))
}

// Stable was changed by somebody else before the promotion came to it, so
// nothing of the Rollout is there, whatever earlier ones have written.
func TestAVersionOfSomebodyElseStaysUnlessForced(t *testing.T) {
	t.Parallel()
	ours := `{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"A","value":"b"}]}]}}}}`
	for _, tc := range []struct {
		reason string
		extra  string
		touch  bool
		change string
		want   string
	}{
		{"an image over that of an earlier rollout", "", false, image(hotfix), hotfix},
		{"the earlier rollout wrote more than the image", ours, false, image(hotfix), hotfix},
		{"another driver took over afterwards", "", true, image(hotfix), hotfix},
		{"another driver took over, and fields of the earlier rollout are left", ours, true, image(hotfix), hotfix},
		{"the image is still the earlier rollout's, and a driver took over", "", true, `{"spec":{"template":{"metadata":{"labels":{"tier":"web"}}}}}`, oldImage},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			c := promotedBefore(t, tc.extra)
			ctx, before := t.Context(), c.get(deployments, "sample")
			cand := c.open(c.options())
			c.writeAs("kubectl-set", tc.change)
			var conflict *ConflictError
			if err := cand.PromoteStable(ctx); !errors.As(err, &conflict) {
				t.Fatalf("promote: %v, want a conflict", err)
			}
			if tc.touch {
				c.takenOver(cand)
			}
			cand = c.resumed(cand)
			var told []string
			cand.Notify(func(text string) { told = append(told, text) })
			c.must("revert", cand.RevertStable(ctx))
			if got := c.image(); got != tc.want {
				t.Errorf("image %v, want %s", got, tc.want)
			}
			if len(told) != 1 || !strings.Contains(told[0], "Deployment "+c.namespace+"/sample: spec.template was changed by somebody else") {
				t.Errorf("the user is told %q", told)
			}

			c.must("revert by force", c.forced(cand).RevertStable(ctx))
			if d := cmp.Diff(at(before, "spec"), at(c.get(deployments, "sample"), "spec")); d != "" {
				t.Errorf("by force stable is not as before:\n%s", d)
			}
		})
	}
}

func TestForceOverwritesWhatSomebodyElseChangedAfterPromotion(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx, before := t.Context(), c.get(deployments, "sample")
	cand := c.open(c.options())
	early := c.resumed(cand)
	c.must("promote", cand.PromoteStable(ctx))
	for _, tc := range []struct {
		reason  string
		process *Candidate
	}{{"one that knows no more than the plan", early}, {"the one that promoted", cand}} {
		reason, process := tc.reason, tc.process
		c.patch(deployments, "sample", `{"spec":{"replicas":3,"template":{"metadata":{"labels":{"tier":"web"}}}}}`)
		c.writeAs("kubectl-set", image(newImage))
		var conflict *ConflictError
		if err := process.RevertStable(ctx); !errors.As(err, &conflict) {
			t.Errorf("revert by %s: %v, want a conflict", reason, err)
		}
		c.must("revert by force", c.forced(process).RevertStable(ctx))
		after := c.get(deployments, "sample")
		if d := cmp.Diff(at(before, "spec", "template"), at(after, "spec", "template")); d != "" {
			t.Errorf("%s: stable is not as before:\n%s", reason, d)
		}
		if replicasOf(after) != 3 {
			t.Errorf("%d replicas: a size is for whoever scales, also with force", replicasOf(after))
		}
	}
}

func TestStableMadeAnewIsSomebodyElses(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	ctx := t.Context()
	cand := c.open(c.options())
	c.must("promote", cand.PromoteStable(ctx))
	c.must("delete", c.api(deployments).Delete(ctx, "sample", metav1.DeleteOptions{}))
	var conflict *ConflictError
	for reason, process := range map[string]*Candidate{"as it is": cand, "by force": c.forced(cand)} {
		if err := process.RevertStable(ctx); !errors.As(err, &conflict) || conflict.Detail != "it was deleted" {
			t.Errorf("revert of what is gone, %s: %v, want a conflict: traffic must not go there", reason, err)
		}
	}
	c.create(deployments, parse(t, strings.Replace(smallYAML, oldImage, hotfix, 1)))
	var told []string
	cand.Notify(func(text string) { told = append(told, text) })
	c.must("revert", cand.RevertStable(ctx))
	if c.image() != hotfix || len(told) != 1 || !strings.Contains(told[0], "made anew") {
		t.Errorf("image %v, told %q", c.image(), told)
	}
	if got := at(c.get(deployments, "sample"), "status", "readyReplicas"); got != int64(2) {
		t.Errorf("%v ready Pods when traffic returns", got)
	}
	c.must("revert by force", c.forced(cand).RevertStable(ctx))
	if c.image() != oldImage {
		t.Errorf("image %v by force", c.image())
	}
}

// A version that does not run gets no traffic back; what to do is said.
func TestAVersionOfSomebodyElseMustBeReady(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	opts := c.options()
	opts.Timeout = time.Second
	cand := c.open(opts)
	c.writeAs("kubectl-set", `{"spec":{"paused":true,"template":{"spec":{"containers":[{"name":"app","image":"`+hotfix+`"}]}}}}`)
	err := cand.RevertStable(t.Context())
	var unready *NotReadyError
	if !errors.As(err, &unready) || !strings.Contains(err.Error(), "`headgate rollback sample -n "+c.namespace+" --force`") {
		t.Errorf("revert: %v", err)
	}
}

func TestForceOverwritesSettings(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	ctx, before := t.Context(), c.everything()
	cand := c.open(c.manifests(c.version(oldImage, newImage, "level: info", "level: debug", "hunter2", "hunter3")))
	c.must("create", cand.Create(ctx, 1))
	c.must("promote", cand.PromoteStable(ctx))
	c.patch(configMaps, "settings", `{"data":{"level":"trace"}}`)
	c.patch(secrets, "token", `{"stringData":{"more":"x"}}`)
	c.must("delete", c.api(configMaps).Delete(ctx, "settings-canary", metav1.DeleteOptions{}))
	if err := cand.RevertStable(ctx); err == nil {
		t.Fatal("somebody else's settings were overwritten")
	}
	c.must("revert by force", c.forced(cand).RevertStable(ctx))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before:\n%s", d)
	}
	c.must("remove", cand.Remove(ctx))
	if left := c.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Where stable is applied by server-side apply, what we wrote is the applier's
// by name. A driver that died before it recorded its write must still see it.
func TestOwnWritesAreKnownWhereTheyWereHandedOver(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(healthy)
	for _, obj := range c.version() {
		_, err := c.serverSide(obj)
		c.must("apply", err)
	}
	c.ready()
	cand := c.open(c.options())
	early := c.resumed(cand)
	c.must("promote", cand.PromoteStable(t.Context()))
	c.patch(deployments, "sample", `{"spec":{"template":{"metadata":{"labels":{"tier":"web"}}}}}`)
	var conflict *ConflictError
	if err := early.RevertStable(t.Context()); !errors.As(err, &conflict) {
		t.Errorf("revert: %v, want a conflict: our version is in stable", err)
	}
}

func TestCarries(t *testing.T) {
	t.Parallel()
	list := func(items ...any) any { return items }
	of := func(image string, more ...any) any {
		return map[string]any{"containers": list(map[string]any{"name": "app", "image": image}), "more": list(more...)}
	}
	for _, tc := range []struct {
		reason               string
		live, former, target any
		want                 bool
	}{
		{"as it was", of("a"), of("a"), of("b"), false},
		{"the new version", of("b"), of("a"), of("b"), true},
		{"a third one", of("c"), of("a"), of("b"), false},
		{"the new version, with more", of("b", "x"), of("a"), of("b"), true},
		{"as it was, with more", of("a", "x"), of("a"), of("b"), false},
		{"a list that may hold what was added", of("a", "x", "y"), of("a"), of("a", "x"), true},
		{"what the new version takes away is gone", nil, "a", nil, true},
		{"a map became a scalar", "z", of("a"), of("b"), false},
	} {
		if got := carries(tc.live, tc.former, tc.target); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.reason, got, tc.want)
		}
	}
}
