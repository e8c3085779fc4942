package podworker

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/probe"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// stop ends the container for good: its preStop hook at once, then, when those
// in after have ended, SIGTERM, and SIGKILL at the deadline, which is ctx's end.
func (c *container) stop(ctx context.Context, after []<-chan struct{}) {
	c.mu.Lock()
	c.stopping = true
	running := c.process != nil
	c.mu.Unlock()
	if running {
		c.w.say(c, "Killing", "Stopping container "+c.spec.Name)
		c.shutDown(ctx, after)
	}
}

// lastGrace is left to a process whose preStop hook took all of the time.
const lastGrace = 2 * time.Second

func (c *container) shutDown(ctx context.Context, after []<-chan struct{}) {
	process := c.current()
	if process == nil {
		return
	}
	late := !c.preStop(ctx, process)
	for _, other := range after {
		select {
		case <-other:
		case <-ctx.Done():
		}
	}
	c.w.complain(process.Terminate())
	if late {
		wait(process, time.After(lastGrace))
	}
	select {
	case <-process.Done():
		return
	case <-ctx.Done():
	}
	c.w.complain(process.Kill())
	<-process.Done()
}

func wait(process *sandbox.Process, limit <-chan time.Time) {
	select {
	case <-process.Done():
	case <-limit:
	}
}

func (w *Worker) complain(err error) {
	if err != nil {
		w.rt.Log.Warn("pod", "pod", w.name(), "error", err)
	}
}

// preStop is false when the hook did not end in time.
func (c *container) preStop(ctx context.Context, process *sandbox.Process) bool {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PreStop == nil || ctx.Err() != nil {
		return true
	}
	err := c.hook(ctx, c.spec.Lifecycle.PreStop, process)
	if err != nil && ctx.Err() == nil {
		c.w.warn(c, "FailedPreStopHook", "PreStopHook failed: "+err.Error())
	}
	return ctx.Err() == nil
}

// postStart is false when the hook failed; the process is then ended.
func (c *container) postStart(ctx context.Context, process *sandbox.Process) bool {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PostStart == nil {
		return true
	}
	err := c.hook(ctx, c.spec.Lifecycle.PostStart, process)
	if err == nil {
		return true
	}
	if ctx.Err() == nil {
		c.w.warn(c, "FailedPostStartHook", "PostStartHook failed: "+err.Error())
		c.w.say(c, "Killing", "FailedPostStartHook")
		grace := time.Duration(*terminationGrace(c.w.origin)) * time.Second
		ctx, _ := withDeadline(context.WithoutCancel(ctx), grace)
		go c.shutDown(ctx, nil)
	}
	return false
}

// hook carries out a lifecycle hook.
func (c *container) hook(ctx context.Context, h *corev1.LifecycleHandler, process *sandbox.Process) error {
	target := c.target(process)
	switch {
	case h.Exec != nil:
		code, output, err := target.Exec(ctx, h.Exec.Command)
		if err == nil && code != 0 {
			err = fmt.Errorf("command %q exited with %d: %s", h.Exec.Command, code, output)
		}
		return err
	case h.HTTPGet != nil:
		if ok, message := probe.HTTP(ctx, h.HTTPGet, target); !ok {
			return fmt.Errorf("%s", message)
		}
	case h.Sleep != nil:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-process.Done():
		case <-time.After(time.Duration(h.Sleep.Seconds) * time.Second):
		}
	}
	return nil
}
