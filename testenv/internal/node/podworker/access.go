package podworker

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/headgate-ci/headgate/testenv/internal/node/logs"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// NotRunningError says that a container cannot be used now.
type NotRunningError struct{ Pod, Container string }

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("container %s of pod %s is not running", e.Container, e.Pod)
}

func (w *Worker) find(name string) (*container, error) {
	for _, list := range [][]*container{w.containers, w.inits} {
		for _, c := range list {
			if c.spec.Name == name {
				return c, nil
			}
		}
	}
	return nil, fmt.Errorf("pod %s has no container %q", w.name(), name)
}

// Exec runs a command in a container, as its user.
func (w *Worker) Exec(ctx context.Context, name string, argv []string, io sandbox.Stdio) (sandbox.Exit, error) {
	c, err := w.find(name)
	if err != nil {
		return sandbox.Exit{}, err
	}
	process := c.current()
	if process == nil {
		return sandbox.Exit{}, &NotRunningError{w.name(), name}
	}
	return process.Exec(ctx, argv, io)
}

// Dial connects to a port of the Pod from inside of it.
func (w *Worker) Dial(ctx context.Context, port int32) (net.Conn, error) {
	w.mu.Lock()
	network := w.network
	w.mu.Unlock()
	if network == nil {
		return nil, fmt.Errorf("pod %s has no network now", w.name())
	}
	return network.Dial(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))))
}

// LogFile names the log of a container's current or previous run, and the end
// of the run: nil when it is over.
type LogFile struct {
	Path  string
	Ended <-chan struct{}
}

// Log finds the log of a container: of its last run, or of the one before.
func (w *Worker) Log(name string, previous bool) (LogFile, error) {
	c, err := w.find(name)
	if err != nil {
		return LogFile{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	run := c.status.RestartCount
	if previous {
		run--
	}
	// Between two runs the last one is the one that was.
	if waiting := c.status.State.Waiting != nil; waiting && c.status.ContainerID == "" || run < 0 {
		return LogFile{}, fmt.Errorf("container %q in pod %q is waiting to start or never ran: no log", name, w.origin.Name)
	}
	file := LogFile{Path: c.logPath(run)}
	if c.process != nil && !previous {
		file.Ended = c.process.Done()
	}
	return file, nil
}

// Copy writes a log, see logs.Copy.
func (f LogFile) Copy(ctx context.Context, opts logs.Options, w io.Writer) error {
	ended := f.Ended
	if ended == nil {
		opts.Follow = false
	}
	return logs.Copy(ctx, f.Path, opts, ended, w)
}
