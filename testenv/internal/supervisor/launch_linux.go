package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/headgate-ci/headgate/testenv/internal/proc"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Hold is a starter's hold on an environment: while it lasts, the environment
// ends with this process.
type Hold struct {
	life  *os.File
	ended chan struct{}
	// PID is the number of the environment's first process on this machine.
	PID int
}

// Keep lets the environment live on without this process.
func (h *Hold) Keep() error {
	_, err := h.life.Write([]byte{keep})
	if err := errors.Join(err, h.life.Close()); err != nil {
		return fmt.Errorf("let the environment stay: %w", err)
	}
	return nil
}

// Ended is closed when the environment has ended, for whatever reason.
func (h *Hold) Ended() <-chan struct{} { return h.ended }

// Launch starts a supervisor in a folder that lock guards, and returns when all
// is up. When it fails, or ctx ends before, nothing of it is left but logs.
func Launch(ctx context.Context, o Order, doors *Doors, lock *Lock, tell progress.Func) (*Hold, error) {
	if err := prepare(o); err != nil {
		return nil, err
	}
	control, err := listen(socket(o.Dir))
	if err != nil {
		return nil, err
	}
	defer control.Close() //nolint:errcheck // the supervisor has its own
	report, life, cmd, err := launch(o, doors, lock, control)
	if err != nil {
		return nil, fmt.Errorf("start the environment's first process: %w", err)
	}
	defer report.Close() //nolint:errcheck // only read
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what went wrong is in its report or its log
		close(ended)
	}()
	stop := context.AfterFunc(ctx, func() { _ = life.Close() })
	err = follow(report, tell)
	if stop() && err == nil {
		return &Hold{life: life, ended: ended, PID: cmd.Process.Pid}, nil
	}
	_ = life.Close()
	<-ended
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if errors.Is(err, io.EOF) {
		log := filepath.Join(Logs(o.Dir), "supervisor.log")
		err = fmt.Errorf("it ended; the end of %s:\n%s", log, proc.Tail(log))
	}
	return nil, err
}

// prepare writes what the supervisor reads.
func prepare(o Order) error {
	for _, dir := range []string{Logs(o.Dir), Images(o.Dir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(orderFile(o.Dir), data, 0o600)
}

// launch starts the init role; the supervisor's end of everything is closed
// here afterwards, so that its end is seen.
func launch(o Order, doors *Doors, lock *Lock, control net.Listener) (report, life *os.File, cmd *exec.Cmd, err error) {
	log, err := os.Create(filepath.Join(Logs(o.Dir), "supervisor.log"))
	if err != nil {
		return nil, nil, nil, err
	}
	files := []*os.File{log}
	defer func() { closeAll(files) }()
	report, reportW, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	lifeR, life, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, errors.Join(err, reportW.Close(), report.Close())
	}
	files = append(files, reportW, lifeR)
	extra := []*os.File{reportW, lifeR, lock.dir}
	for _, l := range []net.Listener{control, doors.API, doors.Gateway, doors.Prometheus} {
		f, err := bequeath(l)
		if err != nil {
			return nil, nil, nil, errors.Join(err, report.Close(), life.Close())
		}
		files, extra = append(files, f), append(extra, f)
	}
	cmd = &exec.Cmd{
		Path: Program(o.Dir), Args: []string{initRole, o.Dir}, Dir: "/",
		// A proxy of the machine's leads nowhere from inside.
		Env:    []string{"PATH=" + os.Getenv("PATH"), "HOME=" + o.Dir},
		Stdout: log, Stderr: log, ExtraFiles: extra, SysProcAttr: separate(o.Rootless),
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, nil, errors.Join(err, report.Close(), life.Close())
	}
	return report, life, cmd, nil
}

// follow reads what a starting supervisor tells until it is ready.
func follow(report io.Reader, tell progress.Func) error {
	in := json.NewDecoder(report)
	for {
		var m message
		if err := in.Decode(&m); err != nil {
			return io.EOF
		}
		switch {
		case m.Ready:
			return nil
		case m.Error != "":
			return errors.New(m.Error)
		case m.Progress != nil:
			tell(*m.Progress)
		}
	}
}
