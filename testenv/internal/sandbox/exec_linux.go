package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// execWaitDelay is how long a command's streams may stay open after its end; a
// client that never closes its input must not hold the answer back.
const execWaitDelay = 300 * time.Millisecond

// joined are the namespaces that a further command enters, besides the network.
// The mount namespace is last: after it nothing of the host is to be seen.
var joined = []struct {
	name string
	flag int
}{
	{"uts", unix.CLONE_NEWUTS},
	{"ipc", unix.CLONE_NEWIPC},
	{"pid", unix.CLONE_NEWPID},
	{"mnt", unix.CLONE_NEWNS},
}

// Exec runs one more command in the container, with the container's user and
// environment, and waits for it. When ctx ends, the command is killed.
func (p *Process) Exec(ctx context.Context, argv []string, io Stdio) (Exit, error) {
	cmd := &exec.Cmd{
		Args: argv, Env: p.spec.Env, Dir: orRoot(p.spec.Dir),
		Stdin: io.In, Stdout: io.Out, Stderr: io.Err, WaitDelay: execWaitDelay,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Credential: credential(p.spec.User)},
	}
	release, err := attachTerminal(cmd, io)
	if err != nil {
		return Exit{}, &StartError{Command: command(argv), Err: err}
	}
	defer release()
	err = p.inside(func() error {
		var err error
		if cmd.Path, err = lookPath(argv, p.spec.Env); err != nil {
			return err
		}
		return cmd.Start()
	})
	if err != nil {
		return Exit{}, &StartError{Command: command(argv), Err: err}
	}
	return await(ctx, cmd)
}

func credential(u *User) *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
}

func await(ctx context.Context, cmd *exec.Cmd) (Exit, error) {
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	_ = cmd.Wait() // how it ended is in ProcessState
	if err := ctx.Err(); err != nil {
		return exitOf(cmd.ProcessState), err
	}
	return exitOf(cmd.ProcessState), nil
}

// inside runs fn in the container's namespaces. A process that fn starts is the
// container's; a goroutine is not.
func (p *Process) inside(fn func() error) error {
	netFile, err := p.network.file()
	if err != nil {
		return err
	}
	defer netFile.Close() //nolint:errcheck // it was only read
	files := make([]*os.File, len(joined))
	for i, ns := range joined {
		if files[i], err = os.Open(fmt.Sprintf("/proc/%d/ns/%s", p.PID(), ns.name)); err != nil {
			return fmt.Errorf("the container is gone: %w", err)
		}
		defer files[i].Close() //nolint:errcheck // it was only read
	}
	return disposable(func() error {
		if err := unix.Setns(int(netFile.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter the network namespace: %w", err)
		}
		// Threads share their root, which forbids a change of mount namespace.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("leave the shared root: %w", err)
		}
		for i, ns := range joined {
			if err := unix.Setns(int(files[i].Fd()), ns.flag); err != nil {
				return fmt.Errorf("enter the %s namespace: %w", ns.name, err)
			}
		}
		return fn()
	})
}

// disposable runs fn on a thread that ends with it, since nothing puts it back
// into its old namespaces. It is never the process's first thread: that one
// cannot end, and stands for the whole process in /proc.
func disposable(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			done <- disposable(fn) // on another, while this one is taken
			runtime.UnlockOSThread()
			return
		}
		done <- fn()
	}()
	return <-done
}
