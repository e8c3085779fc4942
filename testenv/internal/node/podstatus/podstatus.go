// Package podstatus says in what state a Pod is, from the states of its
// containers. It is the part of a kubelet that others see, so it follows the
// kubelet's rules to the letter.
package podstatus

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Input is what is known of a Pod on this node.
type Input struct {
	Pod        *corev1.Pod // with the status that was last written
	Inits      []corev1.ContainerStatus
	Containers []corev1.ContainerStatus
	NodeIP     string
	PodIP      string // empty until the Pod has a network
	Volumes    bool   // the Pod's folders and network are ready
	// Failure ends the Pod whatever its containers do, e.g. DeadlineExceeded.
	Failure, FailureMessage string
	// Ended says that a deleted Pod's containers will not start again.
	Ended bool
	Now   metav1.Time
}

// Compute gives the status to write. Conditions of others are kept.
func Compute(in Input) corev1.PodStatus {
	s := *in.Pod.Status.DeepCopy()
	s.ObservedGeneration = in.Pod.Generation
	s.Phase = phase(in)
	s.Reason, s.Message = in.Failure, in.FailureMessage
	s.HostIP, s.HostIPs = in.NodeIP, []corev1.HostIP{{IP: in.NodeIP}}
	if in.PodIP != "" {
		s.PodIP, s.PodIPs = in.PodIP, []corev1.PodIP{{IP: in.PodIP}}
	}
	if s.StartTime == nil {
		s.StartTime = &in.Now
	}
	s.InitContainerStatuses, s.ContainerStatuses = in.Inits, in.Containers
	for _, c := range conditions(in, s.Phase) {
		s.Conditions = set(s.Conditions, c, in)
	}
	return s
}
