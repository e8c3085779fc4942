package fuzzing

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// behind has a command go behind everything else: the targets take all the time
// of a processor that they are given. The kernel shares time out by sessions
// first (see sched(7), "The autogroup feature") and heeds a priority only within
// one, so the command gets the last session and, where there is no such
// sharing, the last priority. A priority is a thread's, so the goroutine keeps
// its own, which ends with it, and the command with that.
func behind(cmd *exec.Cmd) (started func(), err error) {
	runtime.LockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	return func() {
		// A wish: without it everything is as fair as it was.
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", cmd.Process.Pid), []byte("19"), 0)
	}, syscall.Setpriority(syscall.PRIO_PROCESS, 0, 15)
}
