package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// beInit is process 1: it starts the supervisor, hands signals on to it, and
// reaps all who lost their parent. When the supervisor has ended, it takes
// everything down.
func beInit(dir string) int {
	unix.Umask(0o022) // Pods are made of files that their users must read
	if err := settle(); err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		return 1
	}
	if err := resolve(dir); err != nil {
		fmt.Fprintln(os.Stderr, "init: names of Services will not resolve on the node:", err)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	child, err := startSupervisor(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "init: start the supervisor:", err)
		return 1
	}
	// The lock stays: it is the sign that the environment is alive.
	for fd := fdReport; fd < fdEnd; fd++ {
		if fd != fdLock {
			_ = unix.Close(fd)
		}
	}
	go func() {
		for range signals {
			_ = unix.Kill(child, unix.SIGTERM)
		}
	}()
	code := reap(child)
	if err := takeDown(dir, code != 0); err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		return 1
	}
	return code
}

func startSupervisor(dir string) (pid int, err error) {
	files := make([]uintptr, fdEnd)
	for fd := range files {
		files[fd] = uintptr(fd)
	}
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: files}
	return syscall.ForkExec(reexec.Program(), []string{supervisorRole, dir}, attr) //nolint:gosec // this very program
}

// reap waits for everybody until the supervisor has ended.
func reap(child int) int {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 1
		case pid == child && status.Signaled():
			return 128 + int(status.Signal())
		case pid == child:
			return status.ExitStatus()
		}
	}
}
