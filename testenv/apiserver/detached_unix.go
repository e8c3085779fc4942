//go:build unix

package apiserver

import "syscall"

// detached keeps the terminal's Ctrl-C away from the guard, which has to outlive
// the tests to clean up.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
