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
	"sync"

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

// supervise is the role: it brings the environment up and keeps it until it is
// no longer wanted.
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
		s.plane.Processes().Revive(ctx, func(err error) { s.log.Error("starting it again", "error", err) })
		s.tell(message{Ready: true})
		s.hangUp()
		<-ctx.Done()
	}
	// The first process takes everything down when this one has ended.
	if wanted := context.Cause(ctx); wanted != nil {
		s.log.Info("ending", "reason", wanted)
		return 0
	}
	err = fmt.Errorf("%w; the logs are in %s", err, Logs(dir))
	s.log.Error("cannot bring the environment up", "error", err)
	s.tell(message{Error: err.Error()})
	return 1
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
