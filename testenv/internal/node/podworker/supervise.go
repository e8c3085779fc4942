package podworker

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// supervise runs the container, again and again as its policy wants, until it
// is done for good or ctx ends.
func (c *container) supervise(ctx context.Context) {
	defer close(c.over)
	defer c.attempt.Do(func() { close(c.attempted) })
	wait := restartBackoff
	for {
		began := time.Now()
		end := c.run(ctx)
		if end == nil || ctx.Err() != nil || !c.again(end.ExitCode) {
			return
		}
		wait.ran(time.Since(began))
		if !c.pause(ctx, wait.next()) {
			return
		}
		c.change(func(s *corev1.ContainerStatus) { s.RestartCount++ })
	}
}

// again is the restart policy.
func (c *container) again(code int32) bool {
	policy := c.w.origin.Spec.RestartPolicy
	switch c.kind {
	case sidecar:
		return true
	case initial:
		return code != 0 && policy != corev1.RestartPolicyNever
	}
	return policy == corev1.RestartPolicyAlways || policy == corev1.RestartPolicyOnFailure && code != 0
}

// pause is the wait before a restart.
func (c *container) pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	pod := c.w.origin
	c.await("CrashLoopBackOff", fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)",
		d, c.spec.Name, pod.Name, pod.Namespace, pod.UID))
	c.w.warn(c, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s", c.spec.Name, pod.Name))
	return sleep(ctx, d)
}

// run is one run from the image to the exit code. It is nil when ctx ended
// before anything ran.
func (c *container) run(ctx context.Context) *corev1.ContainerStateTerminated {
	defer c.attempt.Do(func() { close(c.attempted) })
	for wait := configBackoff; ; {
		img, ok := c.pull(ctx)
		if !ok {
			return nil
		}
		if c.wantsCapture(img) {
			return c.capture()
		}
		spec, err := c.specify(ctx, img)
		if err == nil {
			return c.execute(ctx, spec)
		}
		if ctx.Err() != nil {
			return nil
		}
		c.await("CreateContainerConfigError", err.Error())
		c.w.warn(c, "Failed", "Error: "+err.Error())
		if !sleep(ctx, max(wait.next(), wait.first)) {
			return nil
		}
	}
}
