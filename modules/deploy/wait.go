package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/workload"
)

var (
	pods   = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	events = schema.GroupVersionResource{Version: "v1", Resource: "events"}
)

// wait waits until all is ready, and notes in the result what is not and why.
func (d *deployment) wait(ctx context.Context, res *Result) error {
	ready := false
	res.Ready = &ready
	err := d.applier.Wait(ctx, manifest.Objects(res.Changes), manifest.WaitOptions{
		Timeout: d.Wait,
		Observe: func(ready, all int, pending []manifest.Status) {
			if len(pending) > 0 {
				d.Observe(fmt.Sprintf("%d of %d ready; %s: %s", ready, all, manifest.Describe(pending[0].Object), pending[0].Message))
			}
		},
	})
	var late *manifest.NotReadyError
	if errors.As(err, &late) {
		for i := range late.Pending {
			p := &late.Pending[i]
			p.Why = d.why(ctx, p.Object)
			res.Pending = append(res.Pending, Pending{Object: manifest.Describe(p.Object), Message: p.Message, Why: p.Why})
		}
	}
	ready = err == nil
	return d.cluster.Reachable(err)
}

// why is what a workload's Pods say, or the object's own events. It is told to
// people; what cannot be read is left out.
func (d *deployment) why(ctx context.Context, obj *unstructured.Unstructured) []string {
	w := &appsv1.Deployment{} // all workloads have its selector and template
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, w); err == nil && w.Spec.Selector != nil {
		if reasons := workload.Why(w, d.podsOf(ctx, w)); len(reasons) > 0 {
			return reasons
		}
	}
	return d.warnings(ctx, obj)
}

func (d *deployment) podsOf(ctx context.Context, w *appsv1.Deployment) []corev1.Pod {
	list, err := d.cluster.Dynamic.Resource(pods).Namespace(w.Namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(w.Spec.Selector)})
	if err != nil {
		return nil
	}
	var out []corev1.Pod
	for i := range list.Items {
		pod := corev1.Pod{}
		if runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &pod) == nil {
			out = append(out, pod)
		}
	}
	return out
}

// mostEvents bounds what is told about one object.
const mostEvents = 3

// warnings are the latest warnings in an object's events.
func (d *deployment) warnings(ctx context.Context, obj *unstructured.Unstructured) []string {
	selector := fmt.Sprintf("involvedObject.kind=%s,involvedObject.name=%s,type=Warning", obj.GetKind(), obj.GetName())
	list, err := d.cluster.Dynamic.Resource(events).Namespace(obj.GetNamespace()).List(ctx, metav1.ListOptions{FieldSelector: selector})
	if err != nil {
		return nil
	}
	slices.SortFunc(list.Items, func(a, b unstructured.Unstructured) int {
		return strings.Compare(lastSeen(b), lastSeen(a))
	})
	var out []string
	for _, e := range list.Items[:min(len(list.Items), mostEvents)] {
		reason, _, _ := unstructured.NestedString(e.Object, "reason")
		message, _, _ := unstructured.NestedString(e.Object, "message")
		out = append(out, reason+": "+message)
	}
	return out
}

// lastSeen is when an event was last seen, in a form that sorts.
func lastSeen(e unstructured.Unstructured) string {
	seen, _, _ := unstructured.NestedString(e.Object, "lastTimestamp")
	return seen
}
