package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fdNamespaces is where the descriptors of a container's namespaces begin in a
// process with execRole; they stand in the order of joined.
const fdNamespaces = fdNet + 1

// execWaitDelay is how long a command's streams may stay open after its end; a
// client that never closes its input must not hold the answer back.
const execWaitDelay = 300 * time.Millisecond

// joined are the namespaces that a further command enters. The mount namespace
// is last: after it the others' paths are gone.
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
	spec := p.spec
	spec.Argv = argv
	cmd := self(execRole, io)
	cmd.WaitDelay = execWaitDelay
	for _, ns := range joined {
		f, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", p.PID(), ns.name))
		if err != nil {
			return Exit{}, &StartError{Command: command(argv), Err: fmt.Errorf("the container is gone: %w", err)}
		}
		defer f.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	restore, err := attachTerminal(cmd, io)
	if err != nil {
		return Exit{}, &StartError{Command: command(argv), Err: err}
	}
	defer restore()
	if err := launch(cmd, p.network, spec); err != nil {
		return Exit{}, &StartError{Command: command(argv), Err: err}
	}
	return awaitExec(ctx, cmd)
}

func awaitExec(ctx context.Context, cmd *exec.Cmd) (Exit, error) {
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	_ = cmd.Wait() // how it ended is in ProcessState
	if err := ctx.Err(); err != nil {
		return exitOf(cmd.ProcessState), err
	}
	return exitOf(cmd.ProcessState), nil
}

// runInContainer enters a container and runs a command there as a child, since
// a process namespace takes in children only.
func runInContainer() error {
	var spec Spec
	if err := readOrder(&spec); err != nil {
		return err
	}
	if err := unix.Setns(fdNet, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	// Threads share their root, which forbids a change of mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("leave the shared root: %w", err)
	}
	for i, ns := range joined {
		if err := unix.Setns(fdNamespaces+i, ns.flag); err != nil {
			return fmt.Errorf("enter the %s namespace: %w", ns.name, err)
		}
		unix.CloseOnExec(fdNamespaces + i)
	}
	path, err := lookPath(spec.Argv, spec.Env)
	if err != nil {
		return err
	}
	return forkExec(path, spec)
}

// forkExec runs the command and ends as it does. SIGTERM means that nobody
// waits any more: then the command is killed. (The kernel's own death signal
// would not do, since the parent is invisible from the inner namespace.)
func forkExec(path string, spec Spec) error {
	abandoned := make(chan os.Signal, 1)
	signal.Notify(abandoned, syscall.SIGTERM)
	attr := &syscall.ProcAttr{
		Dir: orRoot(spec.Dir), Env: spec.Env, Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Credential: credential(spec.User)},
	}
	pid, err := syscall.ForkExec(path, spec.Argv, attr)
	if err != nil {
		return fmt.Errorf("exec %s: %w", path, err)
	}
	go func() {
		<-abandoned
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	unix.Close(fdReport) // it runs
	os.Exit(reap(pid))
	return nil
}

func reap(pid int) int {
	var ws syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &ws, 0, nil); err != syscall.EINTR {
			break
		}
	}
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

func credential(u *User) *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
}
