package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Kill ends an environment that does not answer, by its first process.
func Kill(ctx context.Context, dir string, pid int) error {
	if !Alive(dir) {
		return nil
	}
	watch, err := NewWatch(dir)
	if err != nil {
		return err
	}
	defer watch.Close() //nolint:errcheck // only a lock
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || string(name[:min(len(name), len(initRole))]) != initRole {
		return fmt.Errorf("process %d is not the environment's: %w", pid, os.ErrProcessDone)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill process %d: %w", pid, err)
	}
	return watch.AwaitEnd(ctx)
}
