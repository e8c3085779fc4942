package podstatus

import corev1 "k8s.io/api/core/v1"

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
