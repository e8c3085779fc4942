package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// supervisor is what the role holds.
type supervisor struct {
	order Order
	log   *slog.Logger
	plane *plane.Plane

	control, api, gateway, prometheus net.Listener

	mu     sync.Mutex
	report *json.Encoder // to the starter, while it listens
	pipe   io.Closer
}

// errAsked ends an environment in order.
var errAsked = errors.New("asked to end")

// supervise is the role: it brings the environment up, keeps it until it is no
// longer wanted, and takes it down.
func supervise(dir string) int {
	s, err := newSupervisor(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "supervisor:", err)
		return 1
	}
	ctx, end := context.WithCancelCause(context.Background())
	go awaitLife(end)
	go awaitSignal(end)
	go s.serve(ctx, end)
	err = s.up(ctx)
	if err == nil {
		s.tell(message{Ready: true})
		s.hangUp()
		<-ctx.Done()
	}
	if wanted := context.Cause(ctx); wanted != nil {
		s.log.Info("ending", "reason", wanted)
		return code(s.takeDown(nil))
	}
	// The logs stay, to find out why.
	err = errors.Join(err, s.takeDown([]string{"logs"}))
	s.log.Error("cannot bring the environment up", "error", err)
	s.tell(message{Error: err.Error()})
	return code(err)
}

func code(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

func newSupervisor(dir string) (*supervisor, error) {
	for fd := fdReport; fd < fdEnd; fd++ {
		unix.CloseOnExec(fd)
	}
	s := &supervisor{log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	data, err := os.ReadFile(orderFile(dir))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &s.order); err != nil {
		return nil, fmt.Errorf("%s: %w", orderFile(dir), err)
	}
	report := os.NewFile(fdReport, "report")
	s.report, s.pipe = json.NewEncoder(report), report
	for _, door := range []struct {
		fd   int
		name string
		at   *net.Listener
	}{{fdControl, "control socket", &s.control}, {fdAPI, "API server", &s.api}, {fdGateway, "gateway", &s.gateway}, {fdPrometheus, "Prometheus", &s.prometheus}} {
		if *door.at, err = inherit(door.fd, door.name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// keep is what a starter says that leaves the environment running.
const keep = 'k'

// awaitLife ends the environment when its starter ends without having said that
// it is to stay.
func awaitLife(end context.CancelCauseFunc) {
	said := make([]byte, 1)
	n, _ := os.NewFile(fdLife, "life").Read(said)
	if n == 0 || said[0] != keep {
		end(errors.New("who started it is gone"))
	}
}

func awaitSignal(end context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT)
	end(fmt.Errorf("signal %s", <-signals))
}

// tell is heard only while the starter waits.
func (s *supervisor) tell(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.report.Encode(m) // nobody may listen any more
}

// working tells what is going on.
func (s *supervisor) working(what string) {
	s.log.Info(what)
	s.tell(message{Progress: &progress.Event{What: what}})
}

// hangUp lets go of the starter.
func (s *supervisor) hangUp() { _ = s.pipe.Close() }

// takeDown ends all processes of the environment and removes its files, but
// for some that are kept.
func (s *supervisor) takeDown(kept []string) error {
	if err := killAll(); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.order.Dir)
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, e := range entries {
		if len(kept) == 0 || !contains(kept, e.Name()) {
			err = errors.Join(err, remove(filepath.Join(s.order.Dir, e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	if len(kept) == 0 {
		return os.Remove(s.order.Dir)
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// remove tries for a while: a process that was just killed may still have been
// writing.
func remove(path string) error {
	var err error
	for range 100 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// killAll kills every process of the PID namespace but this one and the first.
// Outside of a namespace of our own it refuses: there it would kill the
// machine's.
func killAll() error {
	parent, err := os.ReadFile("/proc/1/cmdline")
	if err != nil || os.Getppid() != 1 || string(parent[:min(len(parent), len(initRole))]) != initRole {
		return errors.New("not in a PID namespace of our own")
	}
	if err := unix.Kill(-1, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("end all processes: %w", err)
	}
	return nil
}
