package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
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

// Check finds out whether an environment can run here, and whether it has to do
// without root.
func Check() (rootless bool, err error) {
	if os.Geteuid() == 0 {
		if err := probe(false); err == nil {
			return false, nil
		}
		// Root of a container may lack rights that a user namespace has.
	}
	if err := probe(true); err != nil {
		return true, &NamespaceError{err}
	}
	return true, nil
}

// probe makes the namespaces once, for a moment.
func probe(rootless bool) error {
	cmd := &exec.Cmd{Path: reexec.Program(), Args: []string{probeRole}, Env: []string{}, SysProcAttr: separate(rootless)}
	out, err := cmd.CombinedOutput()
	if text := strings.TrimSpace(string(out)); err != nil && text != "" {
		return errors.New(text)
	}
	return err
}

// try is the probe's role: it does everything that might be forbidden.
func try() {
	err := settle()
	if err == nil {
		err = sandbox.SetupNode(servicePrefix, nodeAddr)
	}
	if err == nil {
		err = filters()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func filters() error {
	c, err := nftables.New()
	if err == nil {
		_, err = c.ListTables()
	}
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	return nil
}

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

// resolved is the socket folder of a resolver that many machines ask before
// they look into resolv.conf.
const resolved = "/run/systemd/resolve"

// resolve has programs in the environment ask the cluster's DNS server. It is
// a convenience: where it cannot be had, names of Services do not resolve on
// the node, and everything else works.
func resolve(dir string) error {
	text := fmt.Sprintf("nameserver %s\nsearch svc.cluster.local cluster.local\noptions ndots:5\n", plane.DNSIP)
	target, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil {
		return fmt.Errorf("/etc/resolv.conf: %w", err)
	}
	own := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(own, []byte(text), 0o644); err != nil { //nolint:gosec // as every resolv.conf
		return err
	}
	if _, err := os.Stat(resolved); err == nil {
		if err := unix.Mount("tmpfs", resolved, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("hide %s: %w", resolved, err)
		}
		if strings.HasPrefix(target, resolved) {
			return os.WriteFile(target, []byte(text), 0o644) //nolint:gosec // as every resolv.conf
		}
	}
	if now, err := os.ReadFile(target); err == nil && bytes.Equal(now, []byte(text)) {
		return nil
	}
	return unix.Mount(own, target, "", unix.MS_BIND, "")
}
