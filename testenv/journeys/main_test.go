// Package journeys_test follows whole rollouts on a real mesh: the program as
// people run it, real proxies, real traffic.
package journeys_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

// mesh is what all journeys share.
var mesh struct {
	env      *testenv.Env
	config   *rest.Config
	client   dynamic.Interface
	headgate string // the program under test
	skip     string // why no journey can be made here
}

// sideBySide is how many journeys are under way at once. They wait for most of
// their time, so it is more than there are cores.
const sideBySide = 4

func TestMain(m *testing.M) {
	if testenv.Reexec() {
		return
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(fmt.Sprint(sideBySide)) // a number is one
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if signal.Ignored(syscall.SIGHUP) { // under nohup; what is ignored is inherited so, what is handled is not
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	if testing.Short() {
		mesh.skip = "needs a mesh; left out by -short"
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "headgate-journeys")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	mesh.headgate = filepath.Join(dir, "headgate")
	if out, err := exec.Command("go", "build", "-o", mesh.headgate, "../..").CombinedOutput(); err != nil {
		return fail(fmt.Errorf("build headgate: %w\n%s", err, out))
	}
	if err := up(); err != nil {
		return fail(err)
	}
	if mesh.env != nil {
		defer down()
	}
	code := m.Run()
	if err := writeTable(); err != nil {
		return fail(err)
	}
	return code
}

func up() error {
	if reason := testenv.Check(); reason != nil {
		mesh.skip = reason.Error()
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Minute)
	defer cancel()
	env, err := testenv.Up(ctx, testenv.Options{Name: fmt.Sprintf("journeys-%d", os.Getpid()), Owned: true, Progress: tell.Progress()})
	if err != nil {
		return err
	}
	mesh.env = env
	if mesh.config, err = clientcmd.BuildConfigFromFlags("", env.Kubeconfig); err != nil {
		return err
	}
	mesh.config.QPS = -1
	mesh.client, err = dynamic.NewForConfig(mesh.config)
	return err
}

func down() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := mesh.env.Down(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "journeys:", err)
	return 1
}

func needMesh(t *testing.T) {
	t.Helper()
	if mesh.skip != "" {
		t.Skip(mesh.skip)
	}
}
