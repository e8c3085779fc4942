package deploy

import (
	"encoding/json"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// ReleasedError says that applying would change, at once and for everybody, the
// version of what a Release rolls out step by step.
type ReleasedError struct {
	Object, Namespace, Release string
	// Change is such as "image headgate/sample:1.5.0 → headgate/sample:1.0.0".
	Change string
}

func (e *ReleasedError) Error() string {
	return fmt.Sprintf("%s: release %s/%s rolls it out, and this would change its version at once and for everybody (%s); roll it out with `headgate run`, and apply everything else with `headgate apply --release FILE`; or apply it, too, with --skip-rollout",
		e.Object, e.Namespace, e.Release, e.Change)
}

// released refuses changes to the Pods of a Deployment that a Release on record
// rolls out.
func released(states []*rollout.State, changes []manifest.Change) error {
	for _, s := range states {
		var rel release.Release
		if json.Unmarshal(s.Spec, &rel) != nil {
			continue
		}
		target := fmt.Sprintf("Deployment %s/%s", s.Namespace, rel.Spec.Target.Name)
		for _, c := range changes {
			if c.String() != target || c.Live == nil || c.Result == nil {
				continue
			}
			if what := versionChange(c.Live, c.Result); what != "" {
				return &ReleasedError{Object: target, Namespace: s.Namespace, Release: s.Release, Change: what}
			}
		}
	}
	return nil
}

// versionChange says what of the Pods changes; empty for nothing. Values other
// than images may be secret.
func versionChange(live, result *unstructured.Unstructured) string {
	was, _, _ := unstructured.NestedMap(live.Object, "spec", "template", "spec")
	is, _, _ := unstructured.NestedMap(result.Object, "spec", "template", "spec")
	if reflect.DeepEqual(was, is) {
		return ""
	}
	before := imagesOf(was)
	for name, image := range imagesOf(is) {
		if old, ok := before[name]; ok && old != image {
			return fmt.Sprintf("image %s → %s", old, image)
		}
	}
	return "its Pods' template"
}

func imagesOf(podSpec map[string]any) map[string]string {
	out := map[string]string{}
	list, _, _ := unstructured.NestedSlice(podSpec, "containers")
	for _, item := range list {
		c, _ := item.(map[string]any)
		name, _ := c["name"].(string)
		out[name], _ = c["image"].(string)
	}
	return out
}
