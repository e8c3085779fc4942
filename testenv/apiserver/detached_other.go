//go:build !unix

package apiserver

import "syscall"

func detached() *syscall.SysProcAttr { return nil }
