package podworker

import (
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/node/logs"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/capture"
)

// wantsCapture recognizes Istio's init container: the node does its work.
func (c *container) wantsCapture(img image.Image) bool {
	return img.Capture && len(c.spec.Command) == 0 && len(c.spec.Args) > 0 && c.spec.Args[0] == capture.Command
}

func (c *container) capture() *corev1.ContainerStateTerminated {
	began := time.Now()
	c.ran(began)
	c.w.say(c, "Started", "Started container "+c.spec.Name)
	end := &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: metav1.NewTime(began)}
	text := "connections of this pod are led through its proxy"
	if err := c.redirect(); err != nil {
		end.ExitCode, end.Reason, end.Message = 255, "Error", err.Error()
		text = err.Error()
	}
	end.FinishedAt = metav1.Now()
	if err := c.note(text); err != nil {
		c.w.rt.Log.Warn("container log", "pod", c.w.name(), "error", err)
	}
	c.ended(end)
	return end
}

// note writes the log of a container that had no process.
func (c *container) note(text string) error {
	log, err := logs.Create(c.logPath(c.snapshot().RestartCount))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(log.Stream("stdout"), text)
	return errors.Join(err, log.Close())
}

func (c *container) redirect() error {
	cfg, err := capture.Parse(c.spec.Args[1:])
	if err != nil {
		return err
	}
	if c.w.origin.Spec.HostNetwork {
		return fmt.Errorf("%s: a pod with hostNetwork cannot be captured", capture.Command)
	}
	rules := cfg.Rules()
	if c.w.rt.Rootless {
		rules = cfg.RulesWithoutOwner(c.w.rt.Services)
	}
	c.w.mu.Lock()
	network := c.w.network
	c.w.mu.Unlock()
	return capture.Apply(network.NetNS(), rules)
}
