package journeys_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv"
)

// A mesh as a service of a container or a unit: the command stays, and a
// polite signal takes everything down. Not beside other journeys: for some
// seconds a mesh that starts takes all of the machine from the one that serves.
func TestForegroundMeshEndsWithItsCommand(t *testing.T) {
	if mesh.skip != "" {
		t.Skip(mesh.skip)
	}
	name := fmt.Sprintf("foreground-%d", os.Getpid())
	var said bytes.Buffer
	cmd := exec.Command(mesh.headgate, "testenv", "up", "--foreground", "--name", name)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, or the test has failed
	var env *testenv.Env
	for deadline := time.Now().Add(patience); env == nil; {
		var missing *testenv.NotFoundError
		var err error
		switch env, err = testenv.Get(name); {
		case err != nil && !errors.As(err, &missing):
			t.Fatal(err)
		case time.Now().After(deadline):
			t.Fatalf("it is not up after %s: %v", patience, err)
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v\n%s", err, &said)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the command ended with %v\n%s", err, &said)
	}
	if _, err := os.Stat(env.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", env.Dir, err)
	}
}
