package fuzzing

import (
	"os/exec"
	"runtime"
	"syscall"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// last is the niceness of who lets everybody else go first.
const last = 19

// behind has a command go behind everything else: the targets take all the time
// of a processor that they are given. It gets a session of its own, the last
// one, and where time is not shared out by sessions a low priority. A priority
// is a thread's, so the goroutine keeps its own, which ends with it, and the
// command with that.
func behind(cmd *exec.Cmd) (started func(), err error) {
	runtime.LockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	return func() { sandbox.NiceSession(cmd.Process.Pid, last) }, syscall.Setpriority(syscall.PRIO_PROCESS, 0, 15)
}
