package journeys_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv/journeys/terminal"
)

// stopKind is a common way in which a run is told to stop, or seems to be.
type stopKind struct {
	name string
	// around has the driver be started as it is there; nil for directly.
	around func(*cell, *process)
	// strike is what happens once the step's intent is in the Journal.
	strike func(*cell)
	// end says what the user must find.
	end func(*cell, rollout.StepSpec)
	// sampled is the kind of step at which an ordinary run plays it.
	sampled rollout.Kind
}

var stopKinds = []stopKind{
	{"stopped by timeout", (*cell).underTimeout, (*cell).terminate, (*cell).endsAborted, rollout.KindGate},
	{"stopped under make", (*cell).underMake, (*cell).terminateAll, (*cell).endsAborted, ""},
	{"Ctrl-C under npm", nil, (*cell).interruptTwice, (*cell).endsAborted, ""},
	{"docker stop", nil, (*cell).dockerStop, (*cell).endsInTime, ""},
	{"cancelled as GitHub does", nil, (*cell).githubCancels, (*cell).endsInTime, rollout.KindWeight},
	{"cancelled as GitLab does", (*cell).underShell, (*cell).gitlabCancels, (*cell).endsInTime, ""},
	{"its terminal is closed", (*cell).atTerminal, (*cell).hangUp, (*cell).endsAborted, rollout.KindGate},
	{"its shell is killed", (*cell).underShell, (*cell).killItsShell, (*cell).endsAborted, rollout.KindGate},
	{"nobody reads its output", (*cell).intoPipe, (*cell).hangUp, (*cell).endsPromoted, rollout.KindGate},
	{"killed, then a rollback that nobody reads", nil, (*cell).kill, (*cell).endsUnread, ""},
}

// TestDriverStoppedAtEveryStep stops the driver at each step in each way in
// which people and the programs around it do.
func TestDriverStoppedAtEveryStep(t *testing.T) {
	for _, kind := range stopKinds {
		each(func(at place, s rollout.StepSpec) {
			t.Run(fmt.Sprintf("%s/%s/%s", slug(at.name), slug(kind.name), slug(s.Name())), func(t *testing.T) {
				wanted(t, s.Kind == kind.sampled && s.Weight == 50 && at.own == nil)
				t.Parallel()
				c := openCell(t, at, kind.name)
				met := &intent{phase: "running", step: s.Name(), do: func() { <-c.started; kind.strike(c) }, pass: true}
				c.proxy.Use(met.fault)
				if kind.around != nil {
					c.around = func(p *process) { kind.around(c, p) }
				}
				c.drive("")
				c.eventually("step "+s.Name(), func() error {
					if !met.happened() {
						return fmt.Errorf("not begun")
					}
					return nil
				})
				kind.end(c, s)
				c.unharmed()
			})
		})
	}
}

// under has a program start the driver's command. It leads a group of its own, as
// a shell's job does.
func (c *cell) under(p *process, words ...string) {
	c.t.Helper()
	path, err := exec.LookPath(words[0])
	if err != nil {
		c.t.Skipf("this machine has no %s", words[0])
	}
	p.cmd.Path, p.cmd.Args = path, append(words, p.cmd.Args...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func (c *cell) underTimeout(p *process) { c.under(p, "timeout", "1h") }
func (c *cell) underShell(p *process)   { c.under(p, "sh", "-c", `"$0" "$@"; exit`) }

func (c *cell) underMake(p *process) {
	file := filepath.Join(c.t.TempDir(), "Makefile")
	recipe := "deploy:\n\t@" + strings.Join(p.cmd.Args, " ") + "\n"
	if err := os.WriteFile(file, []byte(recipe), 0o600); err != nil {
		c.t.Fatal(err)
	}
	p.cmd.Args = nil
	c.under(p, "make", "-f", file, "deploy")
}

// intoPipe has the driver write into a pipe, as before `| head`.
func (c *cell) intoPipe(p *process) {
	c.t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		c.t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = in, in
	c.reads(p, out, in)
}

// atTerminal has the driver run at a terminal.
func (c *cell) atTerminal(p *process) {
	c.t.Helper()
	tty, err := terminal.Open()
	if err != nil {
		c.t.Skip(err)
	}
	c.reads(p, tty, tty.Run(p.cmd))
}

// reads keeps what the process says until its reader hangs up. theirs is the end
// that the process has.
func (c *cell) reads(p *process, r io.ReadCloser, theirs io.Closer) {
	c.t.Cleanup(func() { _ = r.Close() }) // closed twice where it was hung up
	c.reader = r
	p.began = func() {
		_ = theirs.Close()                   // the process has its own
		go func() { _, _ = io.Copy(p, r) }() // until it is hung up
	}
}

func (c *cell) hangUp() {
	if err := c.reader.Close(); err != nil {
		c.t.Errorf("hang up: %v", err)
	}
}

func (c *cell) terminate() { c.signal(syscall.SIGTERM) }
func (c *cell) kill()      { c.signal(syscall.SIGKILL) }

// killItsShell does so once the driver has seen its parent twice: one that goes
// within the first second has started it in the background (docs/recovery.md).
func (c *cell) killItsShell() {
	<-c.started
	c.eventually("the driver has seen its parent", func() error {
		if age := time.Since(c.began); age < 3*time.Second {
			return fmt.Errorf("it is %s old", age)
		}
		return nil
	})
	c.kill()
}

// signalAll signals the driver and all that was started with it.
func (c *cell) signalAll(s syscall.Signal) {
	<-c.started
	_ = syscall.Kill(-c.driver.cmd.Process.Pid, s) // it may have ended
}

func (c *cell) terminateAll() { c.signalAll(syscall.SIGTERM) }

// interruptTwice is what the terminal sends to the group, and npm once more to
// what it has started.
func (c *cell) interruptTwice() {
	c.signal(syscall.SIGINT)
	time.AfterFunc(10*time.Millisecond, func() { c.signal(syscall.SIGINT) })
}

// mercy is how long each of these waits before it kills.
const mercy = 10 * time.Second

func (c *cell) dockerStop() {
	c.signal(syscall.SIGTERM)
	time.AfterFunc(mercy, c.kill)
}

func (c *cell) githubCancels() {
	c.signal(syscall.SIGINT)
	time.AfterFunc(7500*time.Millisecond, c.terminate)
	time.AfterFunc(mercy, c.kill)
}

// gitlabCancels ends the job's shell and what it runs.
func (c *cell) gitlabCancels() {
	c.signalAll(syscall.SIGTERM)
	time.AfterFunc(mercy, func() {
		select {
		case <-c.driver.done: // its number may be another's by now
		default:
			c.signalAll(syscall.SIGKILL)
		}
	})
}

// endsAborted has the driver put everything back by itself, also when what had
// started it is gone.
func (c *cell) endsAborted(s rollout.StepSpec) {
	c.driver.wait()
	c.eventually("the rollout ends", c.over)
	c.eventually("its driver goes away", c.nobodyDrives)
	want := "aborted"
	if late(s) {
		want = "promoted"
	}
	if ended := c.settled(); ended != want {
		c.t.Errorf("the rollout is %s; want %s", ended, want)
	}
}

// over is an error while the rollout has not ended.
func (c *cell) over() error {
	phase, reason := c.outcome()
	if rollout.Phase(phase).Ended() {
		return nil
	}
	return fmt.Errorf("it is %s (%s)", phase, reason)
}

// endsInTime has traffic back on one version when the driver is killed, and what
// the driver had no time for done by `rollback`.
func (c *cell) endsInTime(s rollout.StepSpec) {
	c.driver.wait()
	if c.over() == nil {
		c.endsAborted(s)
		return
	}
	const route = "virtualservices/sample"
	if now := c.users()[route]; now != c.before[route] && s.Kind != rollout.KindUpdate && s.Kind != rollout.KindReturn { // there stable is changed back first
		c.t.Errorf("the driver was killed with the route at %s", now)
	}
	if code, said := c.again("rollback"); code != 0 {
		c.t.Errorf("rollback: exit code %d\n%s", code, said)
	}
	if ended := c.settled(); ended != "aborted" && ended != ending(s) {
		c.t.Errorf("the rollout is %s", ended)
	}
}

// endsUnread has a rollback finish although nobody reads what it says.
func (c *cell) endsUnread(s rollout.StepSpec) {
	c.driver.wait()
	p := c.prepared("rollback", "sample", "-n", c.ns)
	c.intoPipe(p)
	p.begin()
	c.hangUp()
	if code := p.wait(); code != 0 && !late(s) {
		c.t.Errorf("rollback: exit code %d", code)
	}
	if ended := c.settled(); ended != ending(s) {
		c.t.Errorf("the rollout is %s; want %s", ended, ending(s))
	}
}

// nobodyDrives is an error while there is a Lease.
func (c *cell) nobodyDrives() error {
	list, err := mesh.client.Resource(leases).Namespace(c.ns).List(context.Background(), metav1.ListOptions{})
	if err == nil && len(list.Items) > 0 {
		err = fmt.Errorf("%d leases", len(list.Items))
	}
	return err
}
