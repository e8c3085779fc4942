package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestOnlyManifestsNeedSecrets(t *testing.T) {
	t.Parallel()
	resources := func(opts Options) []string {
		var out []string
		for _, a := range AccessFor(opts) {
			out = append(out, a.Resource)
		}
		return out
	}
	image := []string{"deployments", "replicasets", "pods"}
	if d := cmp.Diff(image, resources(Options{Images: map[string]string{"": newImage}})); d != "" {
		t.Errorf("an image (-want +got):\n%s", d)
	}
	objs := []*unstructured.Unstructured{parse(t, smallYAML), parse(t, tokenYAML)}
	if d := cmp.Diff(append(image, "secrets"), resources(Options{Manifests: objs})); d != "" {
		t.Errorf("manifests with a Secret (-want +got):\n%s", d)
	}
}
