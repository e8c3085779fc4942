package workload

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// over is the workload of a Rollout that was promoted and is over, as whoever
// takes it back finds it.
func (c *cluster) over(edits ...string) *Candidate {
	c.t.Helper()
	cand := c.open(c.manifests(c.version(append([]string{oldImage, newImage}, edits...)...)))
	c.must("create", cand.Create(c.t.Context(), 100))
	c.must("promote", cand.PromoteStable(c.t.Context()))
	c.must("remove", cand.Remove(c.t.Context()))
	if left := c.leftovers(); len(left) > 0 {
		c.t.Errorf("left behind: %v", left)
	}
	return c.resumed(cand)
}

func TestAPromotionIsTakenBackWithItsConfigMaps(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	before := c.everything()
	cand := c.over("level: info", "level: debug")
	c.must("check", cand.CheckGoBack(t.Context()))
	c.must("go back", cand.RevertStable(t.Context()))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before the promotion:\n%s", d)
	}
	c.must("go back again", c.resumed(cand).RevertStable(t.Context()))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("going back twice is not going back:\n%s", d)
	}
}

// The driver may die between the writing and the record of it.
func TestWhatADeadDriverReplacedIsStillOnRecord(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	before := c.everything()
	cand := c.open(c.manifests(c.version(oldImage, newImage, "level: info", "level: debug")))
	c.must("create", cand.Create(t.Context(), 100))
	next := c.resumed(cand)
	c.must("promote", cand.PromoteStable(t.Context()))
	c.must("go on", next.PromoteStable(t.Context()))
	c.must("remove", next.Remove(t.Context()))
	next = c.resumed(next)
	c.must("check", next.CheckGoBack(t.Context()))
	c.must("go back", next.RevertStable(t.Context()))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before the promotion:\n%s", d)
	}
}

func TestWhatCannotGoBackIsRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason, from, to string
		want             []string
	}{
		"secret": {"a Secret's content is in no record", "hunter2", "hunter3", []string{"Secret ", "/token got new content", "kept nowhere", "headgate run -k PATH"}},
		"large":  {"the record is one ConfigMap itself", "level: info", "level: debug", []string{"ConfigMap ", "/settings got new content", "128 KiB", "headgate run -k PATH"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.kubelet(healthy)
			former := c.version()
			if name == "large" {
				former = c.version("level: info", "level: info, more: "+strings.Repeat("x", formerMost))
			}
			for _, obj := range former { // kubectl could not remember so much
				r := deployments
				if obj.GetKind() != "Deployment" {
					r = configItem{Kind: obj.GetKind()}.resource()
				}
				c.create(r, obj)
			}
			c.ready()
			cand := c.over(tt.from, tt.to)
			promoted := c.everything()
			err := cand.CheckGoBack(t.Context())
			if err == nil {
				t.Fatalf("it goes back: %s", tt.reason)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in %v", want, err)
				}
			}
			if data, err := cand.State(); err != nil || strings.Contains(string(data), "hunter") || strings.Contains(string(data), "aHVudGVy") || len(data) > formerMost {
				t.Errorf("the record has %d bytes, or a Secret's content (%v)", len(data), err)
			}
			if d := cmp.Diff(promoted, c.everything()); d != "" {
				t.Errorf("something was written:\n%s", d)
			}
		})
	}
}

func TestAConfigMapThatSomebodyElseChangedSinceIsTheirs(t *testing.T) {
	t.Parallel()
	c := servingVersion(t)
	before := c.everything()
	cand := c.over("level: info", "level: debug")
	c.patch(configMaps, "settings", `{"data":{"level":"trace"}}`)
	theirs := c.everything()
	var conflict *ConflictError
	if err := cand.CheckGoBack(t.Context()); !errors.As(err, &conflict) || conflict.Object != "ConfigMap "+c.namespace+"/settings" {
		t.Fatalf("got %v", err)
	}
	if d := cmp.Diff(theirs, c.everything()); d != "" {
		t.Errorf("something was overwritten:\n%s", d)
	}
	cand.force = true
	c.must("check by force", cand.CheckGoBack(t.Context()))
	c.must("go back by force", cand.RevertStable(t.Context()))
	if d := cmp.Diff(before, c.everything()); d != "" {
		t.Errorf("not as before the promotion:\n%s", d)
	}
}
