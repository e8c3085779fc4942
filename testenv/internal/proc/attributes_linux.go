package proc

import "syscall"

// attributes ends a program with its parent, and keeps the terminal's signals
// away from it: the parent decides when it stops.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
