//go:build unix

package interrupt_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/interrupt"
)

// envRole has the test's own program play the one that is told to stop.
const envRole = "HEADGATE_TEST_STOPPED"

func TestMain(m *testing.M) {
	if os.Getenv(envRole) != "" {
		beStopped()
	}
	hearHangUps()
	os.Exit(m.Run())
}

// hearHangUps has the processes that tests begin hear of a closed terminal where
// the tests themselves run under nohup: a signal that is ignored is inherited so,
// one that is handled is not.
func hearHangUps() {
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
}

// beStopped tells of itself, puts things back for a while when it is told to
// stop, and says how it ended.
func beStopped() {
	say := func(text string) { fmt.Fprintln(os.Stderr, text) }
	ctx := interrupt.Context(interrupt.Options{Cause: context.Canceled, Force: func() { say("forced"); os.Exit(5) }})
	fmt.Println(os.Getpid())
	<-ctx.Done()
	for range 10 { // whether anybody reads it or not
		fmt.Println("putting back")
		time.Sleep(20 * time.Millisecond)
	}
	say("put back: " + strings.ReplaceAll(context.Cause(ctx).Error(), "\n", " "))
	if os.Getenv(envRole) == "stays" {
		time.Sleep(time.Minute)
	}
	os.Exit(0)
}

// stopped is such a process.
type stopped struct {
	t    *testing.T
	cmd  *exec.Cmd
	pid  int
	out  io.ReadCloser
	said chan string // on standard error, when all of it is there
}

// begin starts one in a shell's words; $0 is the program.
func begin(t *testing.T, role, script string) *stopped {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &stopped{t: t, cmd: exec.Command("sh", "-c", script, self), said: make(chan string, 1)}
	p.cmd.Env = append(os.Environ(), envRole+"="+role)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.out, err = p.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	errs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(bufio.NewReader(p.out), &p.pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL) // it has ended, or the test has failed
		_ = p.cmd.Wait()
	})
	go func() {
		all, _ := io.ReadAll(errs)
		p.said <- string(all)
	}()
	return p
}

func (p *stopped) signal(pid int, s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		p.t.Fatal(err)
	}
}

// says fails unless the process says what it should before it ends.
func (p *stopped) says(want string) {
	p.t.Helper()
	select {
	case got := <-p.said:
		if !strings.Contains(got, want) {
			p.t.Errorf("it said %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		p.t.Errorf("it has not ended, and not said %q", want)
	}
}

// goesOn fails unless the process is there two looks for its parent later.
func (p *stopped) goesOn() {
	p.t.Helper()
	select {
	case got := <-p.said:
		p.t.Errorf("it ended: %q", got)
	case <-time.After(2500 * time.Millisecond): // the parent is looked for every second
	}
}

func TestTwoSignalsOfOneProgramAreOne(t *testing.T) {
	t.Parallel()
	p := begin(t, "ends", `exec "$0"`)
	p.signal(p.pid, syscall.SIGTERM)
	p.signal(-p.pid, syscall.SIGTERM)
	p.says("put back: context canceled by SIGTERM")
}

func TestTheSameSignalMuchLaterEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := begin(t, "stays", `exec "$0"`)
	p.signal(p.pid, syscall.SIGINT)
	time.Sleep(2100 * time.Millisecond) // what makes it a wish of its own
	p.signal(p.pid, syscall.SIGINT)
	p.says("forced")
}

func TestNobodyReadsTheOutput(t *testing.T) {
	t.Parallel()
	p := begin(t, "ends", `exec "$0"`)
	if err := p.out.Close(); err != nil {
		t.Fatal(err)
	}
	p.signal(p.pid, syscall.SIGTERM)
	p.says("put back")
}

func TestTheTerminalIsClosed(t *testing.T) {
	t.Parallel()
	p := begin(t, "ends", `exec "$0"`)
	p.signal(p.pid, syscall.SIGHUP)
	p.says("put back: context canceled by SIGHUP")
}

func TestNohupOutlivesTheTerminal(t *testing.T) {
	t.Parallel()
	p := begin(t, "ends", `trap "" HUP; exec "$0"`)
	p.signal(p.pid, syscall.SIGHUP)
	p.goesOn()
	p.signal(p.pid, syscall.SIGTERM)
	p.says("by SIGTERM")
}

// settle is what a parent lives at least, so that it counts as one.
const settle = 2500 * time.Millisecond

func TestTheShellIsKilled(t *testing.T) {
	t.Parallel()
	p := begin(t, "ends", `"$0"; true`)
	time.Sleep(settle)
	p.signal(p.cmd.Process.Pid, syscall.SIGKILL)
	p.says("put back: context canceled " + interrupt.ErrParentGone.Error())
}

func TestWhatIsMeantToOutliveTheShellDoes(t *testing.T) {
	t.Parallel()
	if signal.Ignored(os.Interrupt) {
		t.Skip("the test itself was started in the background")
	}
	for name, script := range map[string]string{
		"nohup":               `nohup "$0"; true`,
		"setsid":              `setsid "$0"; true`,
		"a shell's ampersand": `"$0" & wait; true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := begin(t, "ends", script)
			time.Sleep(settle)
			p.signal(p.cmd.Process.Pid, syscall.SIGKILL)
			p.goesOn()
		})
	}
}
