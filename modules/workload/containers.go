package workload

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// maxRestarts is how often a container may crash before it counts as one that
// will go on crashing.
const maxRestarts = 3

// container is a container of a Pod as its status shows it.
type container struct {
	pod    *corev1.Pod
	status corev1.ContainerStatus
	init   bool // runs to its end before the others
	// called is how messages name it: a container that the Deployment does not
	// have was injected.
	called string
}

// finding says why the container is not ready; nil when it is.
func (c container) finding() *finding {
	s := c.status.State
	switch {
	case s.Waiting != nil:
		return c.waiting(s.Waiting)
	case s.Terminated != nil && (s.Terminated.ExitCode != 0 || !c.init):
		return c.crashed(soon, s.Terminated, false)
	case s.Running != nil && c.init && c.status.RestartCount == 0:
		return c.found("init", "Initializing", late, "has not finished", "see what it waits for: "+c.kubectlLogs(false))
	case s.Running != nil && !c.status.Ready:
		return c.unready()
	}
	return nil
}

func (c container) waiting(w *corev1.ContainerStateWaiting) *finding {
	switch w.Reason {
	case "InvalidImageName":
		return c.found("image", w.Reason, now, "has an image name that cannot be parsed: "+w.Message, "correct the image")
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError":
		detail := fmt.Sprintf("cannot get image %q: %s", c.status.Image, w.Message)
		return c.found("image", w.Reason, soon, detail, "check that the image and tag exist and that the Pod's pull secret fits")
	case "CreateContainerConfigError":
		return c.found("config", w.Reason, soon, "cannot be configured: "+w.Message, "create what it names, or correct the reference")
	case "CreateContainerError", "RunContainerError", "StartError":
		return c.found("start", w.Reason, soon, "cannot be started: "+w.Message, "check its command and its mounts")
	case "CrashLoopBackOff":
		return c.crashed(soon, c.status.LastTerminationState.Terminated, true)
	}
	reason := cmp.Or(w.Reason, "Waiting")
	return c.found("waiting", reason, late, "waits to be started"+colon(w.Message), "see its events: "+c.describe())
}

// crashed is a finding about a run that ended.
func (c container) crashed(u urgency, t *corev1.ContainerStateTerminated, previous bool) *finding {
	if c.status.RestartCount >= maxRestarts && u != late {
		u = now
	}
	reason, how := "CrashLoopBackOff", "ended"
	if t != nil {
		how = fmt.Sprintf("ended with exit code %d", t.ExitCode)
		if t.Reason == "OOMKilled" {
			reason, how = t.Reason, "used more memory than its limit and was killed"
		}
	}
	next := "see its logs: " + c.kubectlLogs(previous)
	if reason == "OOMKilled" {
		next = "raise its memory limit or find what it fills memory with"
	}
	f := c.found("crash", reason, u, fmt.Sprintf("%s, restarted %d times", how, c.status.RestartCount), next)
	f.previous = previous
	return f
}

// unready is a container that runs and is not ready. After a crash, what it
// died of says more than the probe.
func (c container) unready() *finding {
	if t := c.status.LastTerminationState.Terminated; t != nil && c.status.RestartCount > 0 {
		return c.crashed(late, t, true)
	}
	return c.found("unready", "NotReady", late, "runs and does not get ready", "see its readiness probe and logs: "+c.kubectlLogs(false))
}

func (c container) found(kind, reason string, u urgency, detail, next string) *finding {
	return &finding{
		key: kind + "/" + c.status.Name, reason: reason, urgency: u, next: next,
		detail: fmt.Sprintf("%s of Pod %s/%s %s", c.called, c.pod.Namespace, c.pod.Name, detail),
		pod:    c.pod.Name, container: c.status.Name,
	}
}

func (c container) kubectlLogs(previous bool) string {
	s := fmt.Sprintf("kubectl logs -n %s %s -c %s", c.pod.Namespace, c.pod.Name, c.status.Name)
	if previous {
		s += " --previous"
	}
	return s
}

func (c container) describe() string {
	return fmt.Sprintf("kubectl describe pod -n %s %s", c.pod.Namespace, c.pod.Name)
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}
