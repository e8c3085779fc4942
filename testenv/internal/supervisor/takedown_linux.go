package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// takeDown is the first process's last act: it ends all others and removes the
// environment's files. After a failure the logs stay, to find out why.
func takeDown(dir string, failed bool) error {
	if err := killAll(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !failed || path != Logs(dir) {
			err = errors.Join(err, os.RemoveAll(path)) //nolint:gosec // the environment's own
		}
	}
	if err == nil && !failed {
		err = os.Remove(dir) //nolint:gosec // the environment's own
	}
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	return nil
}

// killAll kills every other process of the PID namespace and waits until they
// are gone. Anywhere but in the first process it refuses: elsewhere it would
// kill the machine's.
func killAll() error {
	if os.Getpid() != 1 || os.Args[0] != initRole {
		return errors.New("not the first process of a namespace of our own")
	}
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("end all processes: %w", err)
	}
	for {
		_, err := syscall.Wait4(-1, nil, 0, nil)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return nil // ECHILD: nobody is left
		}
	}
}
