//go:build unix

package interrupt

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// ours is this process.
func ours() process {
	return this{ignoring: signal.Ignored(syscall.SIGHUP) || signal.Ignored(os.Interrupt)}
}

// this is the process itself. ignoring says that it was started as one that
// ignores SIGHUP (nohup) or SIGINT (a shell's `&` without job control).
type this struct{ ignoring bool }

func (this) parent() int { return os.Getppid() }

// detached is also a session's leader (setsid), and what runs in the background
// of its terminal: a closed one sends SIGHUP to all that it should end, and a
// shell's disown is there to prevent that.
func (t this) detached() bool {
	if t.ignoring {
		return true
	}
	session, err := unix.Getsid(0)
	return err == nil && session == os.Getpid() || inBackground()
}

// inBackground says that the process has a terminal, and that another job has it
// in front.
func inBackground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer tty.Close() //nolint:errcheck // nothing was written to it
	front, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && front != syscall.Getpgrp()
}
