// Package proc starts the programs that make up a control plane and watches
// over them: a program that dies while somebody waits for it is reported at
// once, with the end of its log, and none outlives the process that started it.
package proc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is a running program.
type Process struct {
	command Command
	log     string
	cmd     *exec.Cmd
	stopped atomic.Bool // it was asked to end
	done    chan struct{}
	err     error // how it ended; valid once done is closed
}

// start starts a program. Its output goes to NAME.log in the folder logs.
func start(c Command, logs string) (*Process, error) {
	log, err := os.OpenFile(filepath.Join(logs, c.Name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // a name of ours
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	defer log.Close() //nolint:errcheck // the child has its own descriptor
	cmd := &exec.Cmd{
		Path: c.Argv[0], Args: c.Argv, Env: append([]string{}, c.Env...), Dir: c.Dir,
		Stdout: log, Stderr: log, SysProcAttr: attributes(),
	}
	p := &Process{command: c, log: log.Name(), cmd: cmd, done: make(chan struct{})}
	if err := p.run(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	return p, nil
}

// run keeps a thread for the program: the kernel ends a child upon its
// parent's death when the parent's thread ends, so that thread has to stay.
func (p *Process) run() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	return <-started
}

// Err says how the program ended, once it has, with the end of its log.
func (p *Process) Err() error {
	<-p.done
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended (%s); the end of %s:\n%s", p.command.Name, how, p.log, Tail(p.log))
}

// poll is how often Await asks.
const poll = 20 * time.Millisecond

// Await asks ready until it has no error. It returns early when the program
// ends or ctx does; the error tells what was missing.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.Err()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready (%w): %w; its log is %s", p.command.Name, context.Cause(ctx), err, p.log)
		case <-ticker.C:
		}
	}
}

// Stop asks the program to end, and makes it end when that takes longer than
// grace.
func (p *Process) Stop(grace time.Duration) {
	p.stopped.Store(true)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
