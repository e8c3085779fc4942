package sandbox

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

var deviceFiles = []string{"null", "zero", "full", "random", "urandom", "tty"}

var deviceLinks = map[string]string{
	"/dev/fd":     "/proc/self/fd",
	"/dev/stdin":  "/proc/self/fd/0",
	"/dev/stdout": "/proc/self/fd/1",
	"/dev/stderr": "/proc/self/fd/2",
	"/dev/ptmx":   "pts/ptmx",
}

// devices makes /proc, /sys and a /dev with nothing but the harmless devices.
func devices(Spec) error {
	if err := procAndSys(); err != nil {
		return err
	}
	for _, dir := range []string{"/dev", "/dev/shm", "/dev/pts"} {
		if err := folder(dir); err != nil {
			return err
		}
	}
	for _, name := range deviceFiles {
		if err := mount(Mount{Source: "/dev/" + name, Target: "/dev/" + name}); err != nil {
			return err
		}
	}
	for link, to := range deviceLinks {
		if err := os.Symlink(to, link); err != nil {
			return err
		}
	}
	if err := unix.Mount("tmpfs", "/dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return fmt.Errorf("mount /dev/shm: %w", err)
	}
	err := unix.Mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
	if err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	return nil
}

// procAndSys mounts a /proc of the container's own processes. Inside another
// container the kernel may forbid that; then the outer one is shown.
func procAndSys() error {
	if err := folder("/proc"); err != nil {
		return err
	}
	err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if errors.Is(err, unix.EPERM) {
		err = mount(Mount{Source: "/proc", Target: "/proc", Foreign: true})
	}
	if err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if _, err := os.Stat(old + "/sys"); err != nil {
		return nil // a machine without sysfs
	}
	return mount(Mount{Source: "/sys", Target: "/sys", ReadOnly: true, Foreign: true})
}
