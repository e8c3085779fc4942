package workload

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// readAutoscaler finds what scales stable. It is never touched: the candidate
// follows the size that it gives to stable.
func (c *Candidate) readAutoscaler(ctx context.Context) (bool, error) {
	items, err := list(ctx, c.api(autoscalers), metav1.ListOptions{})
	if unable(err) {
		c.warn("HorizontalPodAutoscalers could not be read (%v): %s is taken to be scaled by one, so its replicas stay as they are", err, c.stable())
		return true, nil
	}
	if err != nil {
		return false, refused("list the HorizontalPodAutoscalers for", c.stable(), err)
	}
	for i := range items {
		if scales(&items[i], c.state.Name) {
			c.describeAutoscaler(&items[i])
			return true, nil
		}
	}
	return false, nil
}

func scales(hpa *unstructured.Unstructured, name string) bool {
	kind, _, _ := unstructured.NestedString(hpa.Object, "spec", "scaleTargetRef", "kind")
	target, _, _ := unstructured.NestedString(hpa.Object, "spec", "scaleTargetRef", "name")
	return kind == "Deployment" && target == name
}

func (c *Candidate) describeAutoscaler(hpa *unstructured.Unstructured) {
	least, found, _ := unstructured.NestedInt64(hpa.Object, "spec", "minReplicas")
	if !found {
		least = 1
	}
	most, _, _ := unstructured.NestedInt64(hpa.Object, "spec", "maxReplicas")
	c.state.Plan.Autoscaler = fmt.Sprintf("%s (%d to %d)", ref(hpa), least, most)
	if int(least) < c.state.Size {
		c.warn("%s may shrink stable to %d as its traffic leaves; the candidate keeps the largest size seen, and stable has to grow again when traffic returns: consider minReplicas %d for the time of the rollout", ref(hpa), least, c.state.Size)
	}
}

// podLabels are the labels of a Deployment's Pods.
func podLabels(dep *unstructured.Unstructured) labels.Set {
	l, _, _ := unstructured.NestedStringMap(dep.Object, "spec", "template", "metadata", "labels")
	return l
}

// selects says whether a label selector, as an object holds it, selects labels.
func selects(selector map[string]any, l labels.Set) bool {
	typed := metav1.LabelSelector{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(selector, &typed); err != nil {
		return false
	}
	s, err := metav1.LabelSelectorAsSelector(&typed)
	return err == nil && s.Matches(l)
}
