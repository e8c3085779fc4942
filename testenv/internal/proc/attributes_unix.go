//go:build unix && !linux

package proc

import "syscall"

// attributes keeps the terminal's signals away from a program: the parent
// decides when it stops.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
