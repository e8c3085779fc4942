package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Down has the environment in a folder end, and waits until it has.
func Down(ctx context.Context, dir string) error {
	watch, err := NewWatch(dir)
	if err != nil {
		return err
	}
	defer watch.Close() //nolint:errcheck // only a lock
	conn, err := order(dir, nil, request{Op: opDown})
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is answered
	return watch.AwaitEnd(ctx)
}

// Stop stops one program of the environment: kube-apiserver, for example.
func Stop(ctx context.Context, dir, program string) error {
	return ask(ctx, dir, request{Op: opStop, Program: program})
}

// Start starts a stopped program again, and waits until it is ready.
func Start(ctx context.Context, dir, program string) error {
	return ask(ctx, dir, request{Op: opStart, Program: program})
}

// Run runs a command on the environment's node with the given streams, and
// returns its exit code. Signals to this process go to the command; when ctx
// ends, the command is killed.
func Run(ctx context.Context, dir string, argv []string, streams [3]*os.File) (int, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	conn, err := order(dir, streams[:], request{Op: opRun, Argv: argv, Env: os.Environ(), Dir: cwd})
	if err != nil {
		return 0, err
	}
	defer conn.Close() //nolint:errcheck // everything is said
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGWINCH)
	done := make(chan struct{})
	defer close(done)
	defer signal.Stop(signals)
	go handOn(conn, signals, done)
	r, err := answer(ctx, conn)
	return r.Exit, err
}

// handOn hands signals on until done.
func handOn(conn net.Conn, signals <-chan os.Signal, done <-chan struct{}) {
	out := json.NewEncoder(conn)
	for {
		select {
		case <-done:
			return
		case sig := <-signals:
			if number, ok := sig.(unix.Signal); ok {
				_ = out.Encode(signalled{int(number)}) // the command may have ended
			}
		}
	}
}

func ask(ctx context.Context, dir string, r request) error {
	conn, err := order(dir, nil, r)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // everything is said
	_, err = answer(ctx, conn)
	return err
}

// order connects and says what is wanted.
func order(dir string, streams []*os.File, r request) (*net.UnixConn, error) {
	conn, err := dial(socket(dir))
	if err != nil {
		return nil, fmt.Errorf("the environment does not answer: %w", err)
	}
	var rights []byte
	if len(streams) > 0 {
		fds := make([]int, len(streams))
		for i, f := range streams {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	if _, _, err := conn.WriteMsgUnix([]byte{0}, rights, nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func answer(ctx context.Context, conn net.Conn) (reply, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var r reply
	if err := json.NewDecoder(conn).Decode(&r); err != nil {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		return r, fmt.Errorf("the environment ended: %w", err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}
