package testenv_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// poorRole brings an environment up where no network namespace can be made.
const poorRole = "headgate-test-poor"

func init() {
	reexec.Register(poorRole, func() {
		if err := os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("0"), 0o644); err != nil {
			fmt.Println("cannot set the stage:", err)
			return
		}
		_, err := testenv.Up(context.Background(), testenv.Options{Name: "poor"})
		fmt.Println(err)
	})
}

func TestMessageWhereNamespacesAreImpossible(t *testing.T) {
	t.Parallel()
	message := ""
	if err := testenv.Check(); err != nil {
		message = err.Error() // this machine is such a one
	} else {
		message = inPoverty(t)
	}
	for _, advice := range []string{"namespaces", "as root", "kernel.unprivileged_userns_clone", "--privileged", "--kubeconfig"} {
		if !strings.Contains(message, advice) {
			t.Errorf("the message does not speak of %q: %s", advice, message)
		}
	}
	if strings.Count(strings.TrimSpace(message), "\n") > 0 {
		t.Errorf("more than one message: %s", message)
	}
}

// inPoverty returns what a program says in a user namespace that may have no
// network namespaces.
func inPoverty(t *testing.T) string {
	t.Helper()
	cmd := &exec.Cmd{
		Path: reexec.Program(), Args: []string{poorRole}, Env: append(os.Environ(), "HEADGATE_CACHE="+t.TempDir()),
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		},
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Skipf("needs a user namespace to take rights away in: %v", err)
	}
	return string(out)
}
