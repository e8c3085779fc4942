package workload

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// play is what the kubelet makes of a Pod.
type play func(pod *corev1.Pod) corev1.PodStatus

// kubelet gives every new Pod of the namespace a status until the test ends.
func (c *cluster) kubelet(p play) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			c.playOnce(ctx, p)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	c.t.Cleanup(func() { cancel(); <-done })
}

func (c *cluster) playOnce(ctx context.Context, p play) {
	list, err := c.kube.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for i := range list.Items {
		pod := &list.Items[i]
		want := p(pod)
		if pod.DeletionTimestamp != nil || len(pod.Status.Conditions) == len(want.Conditions) && pod.Status.Phase == want.Phase {
			continue
		}
		pod.Status = want
		// A Pod that went away in between is not an error to the kubelet either.
		_, _ = c.kube.CoreV1().Pods(c.namespace).UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	}
}

// healthy has every container running and ready.
func healthy(pod *corev1.Pod) corev1.PodStatus {
	out := corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
		{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()},
	}}
	for _, ctr := range pod.Spec.Containers {
		out.ContainerStatuses = append(out.ContainerStatuses, corev1.ContainerStatus{Name: ctr.Name, Image: ctr.Image, Ready: true, State: running})
	}
	return out
}

// sick has the candidate's first container in a state; stable is healthy.
func sick(s corev1.ContainerStatus) play {
	return func(pod *corev1.Pod) corev1.PodStatus {
		if pod.Labels[LabelRole] != roleCandidate {
			return healthy(pod)
		}
		s.Name, s.Image = pod.Spec.Containers[0].Name, pod.Spec.Containers[0].Image
		return corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
			{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ContainersNotReady"},
		}, ContainerStatuses: []corev1.ContainerStatus{s}}
	}
}
