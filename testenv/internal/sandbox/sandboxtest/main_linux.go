package sandboxtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// Main is for TestMain: it plays a role when the process was started for one,
// moves the tests into namespaces, and runs them. What needs the machine's own
// network is done in before.
func Main(m *testing.M, before ...func() error) {
	if reexec.Run() {
		return
	}
	if os.Getenv(inside) == "" {
		for _, prepare := range before {
			if err := prepare(); err != nil {
				fmt.Fprintln(os.Stderr, "sandboxtest:", err)
				os.Exit(1)
			}
		}
		os.Exit(move(m))
	}
	if os.Getenv(inside) == yes {
		if err := settle(); err != nil {
			fmt.Fprintln(os.Stderr, "sandboxtest:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// move runs this test binary again in new namespaces. Where that is impossible
// it runs here, and the tests that need them skip with the reason.
func move(m *testing.M) int {
	asUser := os.Geteuid() != 0 || os.Getenv(rootless) == yes
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:gosec,noctx // this very test again, to its end
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"="+yes)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if asUser {
		cmd.Env = append(cmd.Env, rootless+"="+yes)
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	// What the tests leave lying about goes with them.
	temp, err := os.MkdirTemp("", "headgate-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandboxtest:", err)
		return 1
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the system cleans up what is left
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	signal.Ignore(unix.SIGINT) // the one below gets it too and ends first
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	_ = os.Setenv(inside, fmt.Sprintf("no: %v", err)) // the name is valid
	return m.Run()
}

func settle() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}
