package workload

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// applied by server-side apply, as `kubectl apply --server-side` or Flux do.
func (c *cluster) serverSide(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	r := deployments
	if obj.GetKind() != "Deployment" {
		r = configItem{Kind: obj.GetKind()}.resource()
	}
	return c.api(r).Apply(c.t.Context(), obj.GetName(), obj, metav1.ApplyOptions{FieldManager: "flux"})
}

func TestServerSideApplyGoesOnWithoutConflict(t *testing.T) {
	t.Parallel()
	extra := "        envFrom:"
	withExtra := "        env: [{name: MORE, value: x}]\n        envFrom:"
	for _, tc := range []struct {
		name string
		opts func(*cluster) Options
		same []string // the manifests that hold what was promoted
	}{
		{"image", func(c *cluster) Options { return c.options() }, []string{oldImage, newImage}},
		{"manifests", func(c *cluster) Options {
			return c.manifests(c.version(oldImage, newImage, extra, withExtra, "level: info", "level: debug"))
		}, []string{oldImage, newImage, extra, withExtra, "level: info", "level: debug"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.kubelet(healthy)
			for _, obj := range c.version() {
				_, err := c.serverSide(obj)
				c.must("apply", err)
			}
			c.ready()
			cand := c.open(tc.opts(c))
			c.must("create", cand.Create(t.Context(), 100))
			c.must("promote", cand.PromoteStable(t.Context()))
			c.must("remove", cand.Remove(t.Context()))
			promoted := c.get(deployments, "sample")

			for _, obj := range c.version(tc.same...) {
				got, err := c.serverSide(obj)
				c.must("apply what was promoted", err)
				if obj.GetKind() == "Deployment" && got.GetGeneration() != promoted.GetGeneration() {
					t.Error("applying what was promoted changed it")
				}
			}
			// The next version, deployed without Headgate: no conflict, and what it
			// no longer says is gone.
			for _, obj := range c.version(oldImage, "headgate/sample:1.2.0", "level: info", "level: warn") {
				got, err := c.serverSide(obj)
				c.must("apply the next version", err)
				if obj.GetKind() != "Deployment" {
					continue
				}
				app := containers(got.Object, "containers")[0]
				if app["image"] != "headgate/sample:1.2.0" || app["env"] != nil {
					t.Errorf("after the next apply: image %v, env %v", app["image"], app["env"])
				}
			}
		})
	}
}
