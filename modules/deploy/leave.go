package deploy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/workload"
)

var deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

// left is what a Release rolls out of the manifests.
type left struct {
	objects   []*unstructured.Unstructured
	installed string // its workload, where it was not there yet
}

// NoWorkloadError says that the manifests do not hold what the Release rolls
// out. Applied all the same, a Deployment that was meant would get its new
// version at once and for everybody.
type NoWorkloadError struct {
	Object, Release string
	Held            []string
}

func (e *NoWorkloadError) Error() string {
	has := "no Deployment"
	if len(e.Held) > 0 {
		has = strings.Join(e.Held, ", ")
	}
	return fmt.Sprintf("release %s rolls out %s, which the manifests do not hold; they hold %s; name the release of these manifests, or none", e.Release, e.Object, has)
}

// leave takes out what the Release rolls out: its Deployment, and the ConfigMaps
// and Secrets that the Deployment's Pods read, which a rollout with these
// manifests brings together. A Deployment that is not there yet has no version to
// go on from: then everything is applied.
func (d *deployment) leave(ctx context.Context, objs []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	if d.Release == nil {
		return objs, nil
	}
	meta := d.Release.Metadata
	namespace, name := cmp.Or(meta.Namespace, d.cluster.Namespace), cmp.Or(d.Release.Spec.Target.Name, meta.Name)
	placed := d.applier.Placed(objs)
	target := fmt.Sprintf("Deployment %s/%s", namespace, name)
	i := slices.IndexFunc(placed, func(o *unstructured.Unstructured) bool { return isDeployment(o) && manifest.Describe(o) == target })
	if i < 0 {
		return nil, &NoWorkloadError{Object: target, Release: namespace + "/" + meta.Name, Held: deploymentsOf(placed)}
	}
	_, err := d.cluster.Dynamic.Resource(deployments).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		d.left.installed = target
		return objs, nil
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", target, err)
	}
	return d.without(placed[i], objs, placed), nil
}

// without is objects without a workload and what its Pods read, which are noted
// as left. placed are the same objects, each in its namespace.
func (d *deployment) without(target *unstructured.Unstructured, objs, placed []*unstructured.Unstructured) (rest []*unstructured.Unstructured) {
	podSpec, _, _ := unstructured.NestedMap(target.Object, "spec", "template", "spec")
	for i, o := range placed {
		if o == target || o.GetNamespace() == target.GetNamespace() && readBy(podSpec, o) {
			d.left.objects = append(d.left.objects, o)
			continue
		}
		rest = append(rest, objs[i])
	}
	return rest
}

func readBy(podSpec map[string]any, o *unstructured.Unstructured) bool {
	gk := o.GroupVersionKind().GroupKind()
	return gk.Group == "" && (gk.Kind == "ConfigMap" || gk.Kind == "Secret") && workload.Reads(podSpec, gk.Kind, o.GetName())
}

func isDeployment(o *unstructured.Unstructured) bool {
	gk := o.GroupVersionKind().GroupKind()
	return gk.Group == "apps" && gk.Kind == "Deployment"
}

func deploymentsOf(objs []*unstructured.Unstructured) []string {
	var out []string
	for _, o := range objs {
		if isDeployment(o) {
			out = append(out, manifest.Describe(o))
		}
	}
	return out
}
