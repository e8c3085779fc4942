package podworker

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// say records an event of the Pod, or of one of its containers.
func (w *Worker) say(c *container, reason, message string) {
	w.rt.Events.Event(w.reference(c), corev1.EventTypeNormal, reason, message)
}

// warn records what went wrong.
func (w *Worker) warn(c *container, reason, message string) {
	w.rt.Events.Event(w.reference(c), corev1.EventTypeWarning, reason, message)
}

func (w *Worker) reference(c *container) *corev1.ObjectReference {
	ref := &corev1.ObjectReference{
		APIVersion: "v1", Kind: "Pod",
		Namespace: w.origin.Namespace, Name: w.origin.Name, UID: w.origin.UID,
	}
	if c != nil {
		list := "containers"
		if c.kind != regular {
			list = "initContainers"
		}
		ref.FieldPath = fmt.Sprintf("spec.%s{%s}", list, c.spec.Name)
	}
	return ref
}
