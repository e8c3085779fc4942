package podworker

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/logs"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// execute runs the process to its end. Once started it is not ctx that ends it,
// but stop, which knows about hooks and grace.
func (c *container) execute(ctx context.Context, spec sandbox.Spec) *corev1.ContainerStateTerminated {
	log, err := logs.Create(c.logPath(c.snapshot().RestartCount))
	if err != nil {
		return c.failed(time.Now(), err)
	}
	defer log.Close() //nolint:errcheck // each line was written already
	out, errs := log.Stream("stdout"), log.Stream("stderr")
	began := time.Now()
	process, err := c.start(spec, out, errs)
	if err != nil {
		return c.failed(began, err)
	}
	defer c.detach()
	c.ran(began)
	c.w.say(c, "Started", "Started container "+c.spec.Name)
	exit := c.observe(ctx, process)
	for _, s := range []io.Closer{out, errs} {
		_ = s.Close() // a last line without end; the log is there or it is not
	}
	c.forgetOldLogs()
	return c.report(ctx, began, exit)
}

// observe watches the process to its end.
func (c *container) observe(ctx context.Context, process *sandbox.Process) sandbox.Exit {
	ctx, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(ctx, process)
	}()
	exit := process.Exit()
	stop()
	<-watched // so that no answer of this run is taken for one of the next
	return exit
}

func (c *container) start(spec sandbox.Spec, out, errs io.Writer) (*sandbox.Process, error) {
	c.w.say(c, "Created", "Created container: "+c.spec.Name)
	c.w.mu.Lock()
	network := c.w.network
	c.w.mu.Unlock()
	process, err := sandbox.Start(network, spec, sandbox.Stdio{Out: out, Err: errs})
	if err != nil {
		return nil, err
	}
	if !c.attach(process) {
		_ = process.Kill() // it was to stop while it started
	}
	return process, nil
}

// failed reports a container whose process never was.
func (c *container) failed(began time.Time, err error) *corev1.ContainerStateTerminated {
	c.w.warn(c, "Failed", "Error: "+err.Error())
	end := &corev1.ContainerStateTerminated{
		ExitCode: 128, Reason: "StartError", Message: err.Error(),
		StartedAt: metav1.NewTime(began), FinishedAt: metav1.Now(),
	}
	c.ended(end)
	return end
}

func (c *container) report(ctx context.Context, began time.Time, exit sandbox.Exit) *corev1.ContainerStateTerminated {
	end := &corev1.ContainerStateTerminated{
		ExitCode:  int32(exit.Code),   //nolint:gosec // at most 255
		Signal:    int32(exit.Signal), //nolint:gosec // at most 64
		Reason:    "Completed",
		StartedAt: metav1.NewTime(began), FinishedAt: metav1.Now(),
	}
	if exit.Code != 0 {
		end.Reason = "Error"
	}
	end.Message = c.lastWords(ctx, exit.Code)
	c.ended(end)
	return end
}

// The kubelet's limits for a termination message.
const (
	messageBytes    = 4096
	messageLogLines = 80
	messageLogBytes = 2048
)

func (c *container) lastWords(ctx context.Context, code int) string {
	text, err := os.ReadFile(filepath.Join(c.dir(), "termination-log"))
	if err == nil && len(text) > 0 {
		return string(text[:min(len(text), messageBytes)])
	}
	if code != 0 && c.spec.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
		return logs.Tail(ctx, c.logPath(c.snapshot().RestartCount), messageLogLines, messageLogBytes)
	}
	return ""
}

// forgetOldLogs keeps the logs of this run and the one before.
func (c *container) forgetOldLogs() {
	if run := c.snapshot().RestartCount; run >= 2 {
		_ = os.Remove(c.logPath(run - 2)) // it may be gone already
	}
}
