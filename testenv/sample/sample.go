// Package sample is the service that the demo and the tests roll out: a small
// HTTP server that says which version it is, and that can be told to misbehave
// in the ways a new version does.
//
// It runs as the hidden command "headgate sample" inside Pods of the test
// environment, where each image tag stands for one set of its settings.
package sample

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Main runs the service until SIGTERM or SIGINT and returns the exit code. The
// settings come from the environment, and from args where they say otherwise.
func Main(args []string) int {
	logger := log.New(os.Stderr, "sample: ", log.LstdFlags|log.Lmicroseconds)
	config, err := parse(args, os.Getenv, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		logger.Print(err)
		return 80
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.addr)
	if err != nil {
		logger.Print(err)
		return 1
	}
	if err := run(ctx, config, listener, logger); err != nil {
		logger.Print(err)
		return 1
	}
	return 0
}

// errCrash ends a service that was told to crash.
var errCrash = errors.New("crashed, as SAMPLE_CRASH_AFTER says")

// run serves until ctx ends, then finishes what is under way.
func run(ctx context.Context, c config, listener net.Listener, logger *log.Logger) error {
	s, err := newService(c)
	if err != nil {
		return err
	}
	if s.calls, err = c.startCalls(ctx); err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: logger}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	logger.Printf("version %s on %s", c.version, listener.Addr())
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-c.crash():
		return errCrash
	case <-ctx.Done():
	}
	logger.Print("stopping")
	return s.shutdown(context.WithoutCancel(ctx), server)
}

// shutdown leaves without failing a request: for a while the service still
// takes new ones, because the mesh learns late that it is going, and then it
// finishes those it has. Connections are closed by their next answer and not
// before, or the proxy could send a request into one that is just going.
func (s *service) shutdown(ctx context.Context, server *http.Server) error {
	s.leaving.Store(true)
	if s.calls != nil {
		s.calls.Stop()
	}
	time.Sleep(s.config.linger)
	ctx, cancel := context.WithTimeout(ctx, s.config.grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests still under way after %s: %w", s.config.grace, err)
	}
	return nil
}
