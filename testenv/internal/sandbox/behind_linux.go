package sandbox

import (
	"fmt"
	"os"
)

// behindBy is how nice a session is that lets others go first: a tenth of the
// time that one of them gets.
const behindBy = 10

// Behind has a container wait for the processor behind everything else while
// both want it, or no longer.
func (p *Process) Behind(yes bool) {
	nice := 0
	if yes {
		nice = behindBy
	}
	NiceSession(p.PID(), nice)
}

// NiceSession sets how nice the session of a process is, from 0 to 19. The kernel
// shares time out by sessions (see sched(7), "The autogroup feature") and heeds a
// process's own niceness only within one; where it does not, nothing changes.
func NiceSession(pid, nice int) {
	// A wish: without it everything is as fair as it was.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", pid), fmt.Append(nil, nice), 0)
}
