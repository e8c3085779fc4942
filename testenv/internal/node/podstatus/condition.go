package podstatus

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func conditions(in Input, phase corev1.PodPhase) []corev1.PodCondition {
	ready := containersReady(in, phase)
	return []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: status(in.Volumes)},
		initialized(in, phase),
		ready,
		podReady(in, ready),
		scheduled(),
	}
}

func scheduled() corev1.PodCondition {
	return corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}
}

func initialized(in Input, phase corev1.PodPhase) corev1.PodCondition {
	c := corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionTrue}
	if phase == corev1.PodSucceeded {
		c.Reason = "PodCompleted"
		return c
	}
	if waiting := Uninitialized(in.Pod, in.Inits); len(waiting) > 0 {
		c.Status, c.Reason = corev1.ConditionFalse, "ContainersNotInitialized"
		c.Message = fmt.Sprintf("containers with incomplete status: [%s]", strings.Join(waiting, " "))
	}
	return c
}

func containersReady(in Input, phase corev1.PodPhase) corev1.PodCondition {
	c := corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionFalse}
	switch phase {
	case corev1.PodSucceeded:
		c.Reason = "PodCompleted"
		return c
	case corev1.PodFailed:
		c.Reason = "PodFailed"
		return c
	}
	var unready []string
	for i, s := range in.Inits {
		if Sidecar(&in.Pod.Spec.InitContainers[i]) && !s.Ready {
			unready = append(unready, s.Name)
		}
	}
	for _, s := range in.Containers {
		if !s.Ready {
			unready = append(unready, s.Name)
		}
	}
	if len(unready) > 0 {
		c.Reason = "ContainersNotReady"
		c.Message = fmt.Sprintf("containers with unready status: [%s]", strings.Join(unready, " "))
		return c
	}
	c.Status = corev1.ConditionTrue
	return c
}

// podReady adds the Pod's readiness gates, which others set.
func podReady(in Input, containers corev1.PodCondition) corev1.PodCondition {
	c := containers
	c.Type = corev1.PodReady
	if c.Status != corev1.ConditionTrue {
		return c
	}
	var missing []string
	for _, gate := range in.Pod.Spec.ReadinessGates {
		switch got := find(in.Pod.Status.Conditions, gate.ConditionType); {
		case got == nil:
			missing = append(missing, fmt.Sprintf("corresponding condition of pod readiness gate %q does not exist.", gate.ConditionType))
		case got.Status != corev1.ConditionTrue:
			missing = append(missing, fmt.Sprintf("the status of pod readiness gate %q is not \"True\", but %v", gate.ConditionType, got.Status))
		}
	}
	if len(missing) > 0 {
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, "ReadinessGatesNotReady", strings.Join(missing, ", ")
	}
	return c
}

func status(ok bool) corev1.ConditionStatus {
	if ok {
		return corev1.ConditionTrue
	}
	return corev1.ConditionFalse
}

func find(all []corev1.PodCondition, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range all {
		if all[i].Type == kind {
			return &all[i]
		}
	}
	return nil
}

// set replaces a condition; its time changes only with its status.
func set(all []corev1.PodCondition, c corev1.PodCondition, in Input) []corev1.PodCondition {
	c.ObservedGeneration = in.Pod.Generation
	c.LastTransitionTime = in.Now
	old := find(all, c.Type)
	if old == nil {
		return append(all, c)
	}
	if old.Status == c.Status {
		c.LastTransitionTime = old.LastTransitionTime
	}
	*old = c
	return all
}
