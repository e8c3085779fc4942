package supervisor

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// NamespaceError says that this machine lets nobody make what an environment
// needs.
type NamespaceError struct{ Err error }

func (e *NamespaceError) Error() string {
	return fmt.Sprintf("a mesh on this machine needs namespaces of the kernel, and they cannot be had: %v. "+
		"Run it as root; or allow user namespaces (`sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000`, "+
		"on Ubuntu also `kernel.apparmor_restrict_unprivileged_userns=0`); or, in a container, start that with --privileged; "+
		"or use a cluster of your own by --kubeconfig", e.Err)
}

func (e *NamespaceError) Unwrap() error { return e.Err }

// separate are the namespaces of an environment, and for an ordinary user one
// in which that user is root.
func separate(rootless bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		Setsid:     true, // a terminal's Ctrl-C is for the one who started it
	}
	if rootless {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// settle makes the mounts of a new namespace its own, and shows its own
// processes in /proc.
func settle() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
