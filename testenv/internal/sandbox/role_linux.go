package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// containerRole is the name under which this program starts itself again to
// become a container.
const containerRole = "headgate-container"

func init() {
	reexec.Register(containerRole, func() {
		// Namespaces and users belong to threads: stay on the one that execs.
		runtime.LockOSThread()
		for fd := fdOrder; fd <= fdNet; fd++ {
			unix.CloseOnExec(fd)
		}
		err := becomeContainer() // it returns only when it failed
		_, _ = fmt.Fprint(os.NewFile(fdReport, "report"), err)
		os.Exit(128)
	})
}

// becomeContainer turns this process into a container's command.
func becomeContainer() error {
	var spec Spec
	if err := json.NewDecoder(os.NewFile(fdOrder, "order")).Decode(&spec); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	if err := unix.Setns(fdNet, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace: %w", err)
	}
	if spec.Hostname != "" {
		if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
			return fmt.Errorf("set the host name: %w", err)
		}
	}
	if err := buildRoot(spec); err != nil {
		return err
	}
	return become(spec)
}

// become gives up rights and replaces this process by the command.
func become(spec Spec) error {
	if err := unix.Chdir(orRoot(spec.Dir)); err != nil {
		return fmt.Errorf("working directory %s: %w", spec.Dir, err)
	}
	if err := takeUser(spec.User); err != nil {
		return err
	}
	if spec.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("forbid new privileges: %w", err)
		}
	}
	path, err := lookPath(spec.Argv, spec.Env)
	if err != nil {
		return err
	}
	if err := unix.Exec(path, spec.Argv, spec.Env); err != nil {
		return fmt.Errorf("exec %s: %w", path, err)
	}
	return nil
}

func orRoot(dir string) string {
	if dir == "" {
		return "/"
	}
	return dir
}

// takeUser also hands over the standard streams: they are opened again by name
// (/dev/stdout) by many programs, which needs their owner's rights.
func takeUser(u *User) error {
	if u == nil {
		return nil
	}
	for fd := range 3 {
		if err := unix.Fchown(fd, int(u.UID), -1); err != nil && !errors.Is(err, unix.EROFS) && !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("hand over stream %d: %w", fd, err)
		}
	}
	groups := make([]int, 0, len(u.Groups))
	for _, g := range u.Groups {
		groups = append(groups, int(g))
	}
	if err := unix.Setgroups(groups); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := unix.Setresgid(int(u.GID), int(u.GID), int(u.GID)); err != nil {
		return fmt.Errorf("become group %d: %w", u.GID, err)
	}
	if err := unix.Setresuid(int(u.UID), int(u.UID), int(u.UID)); err != nil {
		return fmt.Errorf("become user %d: %w", u.UID, err)
	}
	return nil
}

// lookPath finds the command as a shell would, with the container's PATH.
func lookPath(argv, env []string) (string, error) {
	if len(argv) == 0 {
		return "", errors.New("no command: neither the image nor the container names one")
	}
	name := argv[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, kv := range env {
		if dirs, ok := strings.CutPrefix(kv, "PATH="); ok {
			for _, dir := range filepath.SplitList(dirs) {
				path := filepath.Join(dir, name)
				if _, err := exec.LookPath(path); err == nil {
					return path, nil
				}
			}
		}
	}
	return "", fmt.Errorf("exec: %q: executable file not found in $PATH", name)
}
