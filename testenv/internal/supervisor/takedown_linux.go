package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// takeDown ends all processes of the environment and removes its files, but
// for some that are kept.
func (s *supervisor) takeDown(kept []string) error {
	if err := killAll(); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.order.Dir)
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(kept, e.Name()) {
			err = errors.Join(err, remove(filepath.Join(s.order.Dir, e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	if len(kept) == 0 {
		return os.Remove(s.order.Dir)
	}
	return nil
}

// remove tries for a while: a process that was just killed may still have been
// writing.
func remove(path string) error {
	var err error
	for range 100 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// killAll kills every process of the PID namespace but this one and the first.
// Outside of a namespace of our own it refuses: there it would kill the
// machine's.
func killAll() error {
	parent, err := os.ReadFile("/proc/1/cmdline")
	if err != nil || os.Getppid() != 1 || string(parent[:min(len(parent), len(initRole))]) != initRole {
		return errors.New("not in a PID namespace of our own")
	}
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("end all processes: %w", err)
	}
	return nil
}
