package workload

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

const annotationRevision = "deployment.kubernetes.io/revision"

// diagnose reads the Pods of the newest version and says what ails them.
func (w *waiter) diagnose(ctx context.Context, dep *unstructured.Unstructured) error {
	typed, err := as[appsv1.Deployment](dep)
	if err != nil {
		return err
	}
	running, err := w.c.newestPods(ctx, typed)
	if err != nil {
		return err
	}
	w.findings = diagnose(typed, running)
	return nil
}

// newestPods are the Pods of a Deployment's newest version: those of an older
// one say nothing about the new one.
func (c *Candidate) newestPods(ctx context.Context, dep *appsv1.Deployment) ([]corev1.Pod, error) {
	if dep.Status.ObservedGeneration < dep.Generation {
		return nil, nil // its newest ReplicaSet may not be there yet
	}
	selector, err := metav1.LabelSelectorAsSelector(dep.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("%s: spec.selector: %w", object("Deployment", dep.Namespace, dep.Name), err)
	}
	opts := metav1.ListOptions{LabelSelector: selector.String()}
	sets, err := list(ctx, c.api(replicaSets), opts)
	if err != nil {
		return nil, err
	}
	owner := newest(sets, dep)
	if owner == "" {
		return nil, nil
	}
	items, err := list(ctx, c.api(pods), opts)
	if err != nil {
		return nil, err
	}
	var out []corev1.Pod
	for i := range items {
		if !ownedBy(&items[i], owner) {
			continue
		}
		pod, err := as[corev1.Pod](&items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, *pod)
	}
	return out, nil
}

// newest is the ReplicaSet of the Deployment's current revision.
func newest(sets []unstructured.Unstructured, dep *appsv1.Deployment) types.UID {
	for i := range sets {
		if ownedBy(&sets[i], dep.UID) && sets[i].GetAnnotations()[annotationRevision] == dep.Annotations[annotationRevision] {
			return sets[i].GetUID()
		}
	}
	return ""
}

func ownedBy(obj *unstructured.Unstructured, uid types.UID) bool {
	o := metav1.GetControllerOf(obj)
	return o != nil && o.UID == uid
}

// newestWarning is the latest warning event about a finding's Pod.
func (c *Candidate) newestWarning(ctx context.Context, f finding) string {
	sel := fields.Set{"involvedObject.kind": "Pod", "involvedObject.name": f.pod, "type": corev1.EventTypeWarning}
	items, err := list(ctx, c.api(events), metav1.ListOptions{FieldSelector: sel.String()})
	if err != nil {
		return "" // the finding stands without it
	}
	var latest *corev1.Event
	for i := range items {
		e, err := as[corev1.Event](&items[i])
		if err == nil && !repeats[e.Reason] && (latest == nil || seen(latest).Before(seen(e))) {
			latest = e
		}
	}
	if latest == nil {
		return ""
	}
	return latest.Message
}

// repeats are reasons of events that say what the Pod's status says.
var repeats = map[string]bool{"BackOff": true, "FailedScheduling": true}

func seen(e *corev1.Event) *metav1.Time {
	if !e.LastTimestamp.IsZero() {
		return &e.LastTimestamp
	}
	return &metav1.Time{Time: e.EventTime.Time}
}

// as decodes an object into its type.
func as[T any](obj *unstructured.Unstructured) (*T, error) {
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, out); err != nil {
		return nil, fmt.Errorf("decode %s: %w", ref(obj), err)
	}
	return out, nil
}
