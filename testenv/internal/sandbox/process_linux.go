package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a running container: its first process, in a process namespace of
// its own. When it ends the kernel ends all others, so that nothing outlives it.
type Process struct {
	spec    Spec
	network *Network
	cmd     *exec.Cmd
	done    chan struct{}
	exit    Exit // valid once done is closed
}

// Start runs a container's command. It returns when the command runs, or a
// *StartError that says what kept it from doing so.
func Start(network *Network, spec Spec, io Stdio) (*Process, error) {
	p := &Process{spec: spec, network: network, done: make(chan struct{})}
	spec, err := resolveSources(spec)
	if err != nil {
		return nil, &StartError{Command: command(spec.Argv), Err: err}
	}
	p.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{containerRole}, Env: []string{},
		Stdin: io.In, Stdout: io.Out, Stderr: io.Err,
		SysProcAttr: &syscall.SysProcAttr{
			Setsid:     true,
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		},
	}
	if err := launch(p.cmd, network, spec); err != nil {
		return nil, &StartError{Command: command(spec.Argv), Err: err}
	}
	go p.wait()
	return p, nil
}

func command(argv []string) string {
	if len(argv) == 0 {
		return ""
	}
	return argv[0]
}

// resolveSources follows symbolic links of mount sources while absolute ones
// still mean what they say.
func resolveSources(spec Spec) (Spec, error) {
	mounts := make([]Mount, len(spec.Mounts))
	for i, m := range spec.Mounts {
		path, err := filepath.EvalSymlinks(m.Source)
		if err != nil {
			return spec, fmt.Errorf("mount %s: %w", m.Target, err)
		}
		m.Source = path
		mounts[i] = m
	}
	spec.Mounts = mounts
	return spec, nil
}

// The descriptors that a child in the role finds open.
const (
	fdOrder  = 3 + iota // what to do, as JSON
	fdReport            // why it failed; closed by exec when it did not
	fdNet               // the network namespace
)

// launch starts the child, hands it its order and waits until it has become the
// command or has said why not.
func launch(cmd *exec.Cmd, network *Network, order Spec) error {
	netFile, err := network.file()
	if err != nil {
		return err
	}
	defer netFile.Close() //nolint:errcheck // it was only read
	orderR, orderW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer orderR.Close() //nolint:errcheck // it was only read
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, orderW.Close())
	}
	defer reportR.Close() //nolint:errcheck // it was only read
	cmd.ExtraFiles = []*os.File{orderR, reportW, netFile}
	err = errors.Join(cmd.Start(), reportW.Close())
	if err != nil {
		return errors.Join(err, orderW.Close())
	}
	return converse(cmd, orderW, reportR, order)
}

func converse(cmd *exec.Cmd, orderW io.WriteCloser, reportR io.Reader, order Spec) error {
	sent := errors.Join(json.NewEncoder(orderW).Encode(order), orderW.Close())
	report, err := io.ReadAll(reportR)
	if sent == nil && err == nil && len(report) == 0 {
		return nil
	}
	// The child is about to end, or hangs: either way it is of no use.
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(report) > 0 {
		return errors.New(string(report))
	}
	return errors.Join(sent, err)
}

func (p *Process) wait() {
	_ = p.cmd.Wait() // how it ended is in ProcessState
	p.exit = exitOf(p.cmd.ProcessState)
	close(p.done)
}

func exitOf(state *os.ProcessState) Exit {
	ws, ok := state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return Exit{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}
	}
	return Exit{Code: state.ExitCode()}
}

// Done is closed when the container has ended and its output is written.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for the end and tells how it was.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// Terminate asks the container's first process to end.
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

// Kill ends all of the container's processes.
func (p *Process) Kill() error { return p.signal(syscall.SIGKILL) }

func (p *Process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s to process %d: %w", s, p.cmd.Process.Pid, err)
	}
	return nil
}

// PID is the number of the first process, as the node sees it.
func (p *Process) PID() int { return p.cmd.Process.Pid }
