package podworker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/probe"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// watch follows a running process: its postStart hook, its startup, and then
// whether it lives and is ready, until ctx ends.
func (c *container) watch(ctx context.Context, process *sandbox.Process) {
	ctx, stop := context.WithCancel(ctx) // no more questions to one that is being ended
	defer stop()
	// Proxies are expensive to start. A dozen at a time would take the processor
	// from those that serve, for longer than callers wait for an answer.
	process.Behind(true)
	if !c.postStart(ctx, process) {
		return
	}
	c.attempt.Do(func() { close(c.attempted) })
	if p := c.spec.StartupProbe; p != nil {
		passed := false
		r := c.reporter("Startup", func() { passed = true }, func() { stop(); c.unhealthy(ctx, "startup", p) })
		probe.Run(ctx, p, c.check(p, process), r, true)
		if !passed {
			return
		}
	}
	c.setStarted()
	var probes sync.WaitGroup
	defer probes.Wait()
	if p := c.spec.LivenessProbe; p != nil {
		r := c.reporter("Liveness", func() {}, func() { stop(); c.unhealthy(ctx, "liveness", p) })
		probes.Go(func() { probe.Run(ctx, p, c.check(p, process), r, false) })
	}
	ready := func() { process.Behind(false); c.setReady(true) }
	p := c.spec.ReadinessProbe
	if p == nil {
		ready()
		return
	}
	r := c.reporter("Readiness", ready, func() { c.setReady(false) })
	probes.Go(func() { probe.Run(ctx, p, c.check(p, process), r, false) })
}

func (c *container) check(p *corev1.Probe, process *sandbox.Process) probe.Check {
	return probe.New(p.ProbeHandler, c.target(process))
}

func (c *container) target(process *sandbox.Process) probe.Target {
	return probe.Target{
		IP: c.w.Pod().Status.PodIP, Ports: c.spec.Ports,
		Exec: func(ctx context.Context, argv []string) (int, string, error) {
			var out strings.Builder
			exit, err := process.Exec(ctx, argv, sandbox.Stdio{Out: &out, Err: &out})
			return exit.Code, out.String(), err
		},
	}
}

// reporter turns a probe's answers into events and consequences.
type reporter struct {
	c            *container
	name         string
	passed, over func()
}

func (c *container) reporter(name string, passed, over func()) reporter {
	return reporter{c, name, passed, over}
}

func (r reporter) Passed() { r.passed() }

func (r reporter) Failed(message string, enough bool) {
	r.c.w.warn(r.c, "Unhealthy", fmt.Sprintf("%s probe failed: %s", r.name, message))
	if enough {
		r.over()
	}
}

// unhealthy ends the process, so that it is started again.
func (c *container) unhealthy(ctx context.Context, probe string, p *corev1.Probe) {
	grace := time.Duration(*terminationGrace(c.w.origin)) * time.Second
	if p.TerminationGracePeriodSeconds != nil {
		grace = time.Duration(*p.TerminationGracePeriodSeconds) * time.Second
	}
	c.w.say(c, "Killing", fmt.Sprintf("Container %s failed %s probe, will be restarted", c.spec.Name, probe))
	ctx, _ = withDeadline(context.WithoutCancel(ctx), grace)
	go c.shutDown(ctx, nil)
}
