// Package podstatus says in what state a Pod is, from the states of its
// containers. It is the part of a kubelet that others see, so it follows the
// kubelet's rules to the letter.
package podstatus

import (
	"fmt"
	"strings"

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

// phase follows the kubelet: see "Pod phase" in the Kubernetes documentation.
func phase(in Input) corev1.PodPhase {
	if in.Failure != "" {
		return corev1.PodFailed
	}
	policy := in.Pod.Spec.RestartPolicy
	if failed := initFailed(in); failed && (policy == corev1.RestartPolicyNever || in.Ended) {
		return corev1.PodFailed
	}
	t := count(in.Containers)
	switch {
	case in.Ended:
		return ended(t)
	case len(Uninitialized(in.Pod, in.Inits)) > 0, t.waiting > 0 && t.running == 0 && t.restarting == 0:
		return corev1.PodPending
	case t.running+t.restarting+t.waiting > 0:
		return corev1.PodRunning
	case policy == corev1.RestartPolicyAlways:
		return corev1.PodRunning
	case t.failed == 0:
		return corev1.PodSucceeded
	case policy == corev1.RestartPolicyNever:
		return corev1.PodFailed
	}
	return corev1.PodRunning
}

func ended(t tally) corev1.PodPhase {
	if t.failed > 0 || t.waiting+t.running+t.restarting > 0 {
		return corev1.PodFailed
	}
	return corev1.PodSucceeded
}

// tally counts containers by state.
type tally struct{ waiting, restarting, running, failed, succeeded int }

func count(statuses []corev1.ContainerStatus) tally {
	var t tally
	for _, c := range statuses {
		switch {
		case c.State.Running != nil:
			t.running++
		case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
			t.failed++
		case c.State.Terminated != nil:
			t.succeeded++
		case c.LastTerminationState.Terminated != nil:
			t.restarting++
		default:
			t.waiting++
		}
	}
	return t
}

// Sidecar tells whether an init container stays for the Pod's whole life.
func Sidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

func initFailed(in Input) bool {
	for i, c := range in.Inits {
		if !Sidecar(&in.Pod.Spec.InitContainers[i]) && c.State.Terminated != nil && c.State.Terminated.ExitCode != 0 {
			return true
		}
	}
	return false
}

// Uninitialized names the init containers that the Pod still waits for.
func Uninitialized(pod *corev1.Pod, statuses []corev1.ContainerStatus) []string {
	var names []string
	for i, c := range statuses {
		done := c.State.Terminated != nil && c.State.Terminated.ExitCode == 0
		if Sidecar(&pod.Spec.InitContainers[i]) {
			done = c.Started != nil && *c.Started || c.LastTerminationState.Terminated != nil || c.State.Terminated != nil
		}
		if !done {
			names = append(names, c.Name)
		}
	}
	return names
}

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
