//go:build unix

package fuzzing

import "syscall"

// behind lets everything else that runs go first: the targets take all the time
// of a processor that they are given.
func behind() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 15) }
