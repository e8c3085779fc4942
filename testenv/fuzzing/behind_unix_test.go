//go:build unix

package fuzzing

import (
	"runtime"
	"syscall"
)

// behind lets everything else that runs go before what this goroutine starts:
// the targets take all the time of a processor that they are given. A priority
// is a thread's, so the goroutine keeps its own, which ends with it.
func behind() error {
	runtime.LockOSThread()
	return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 15)
}
