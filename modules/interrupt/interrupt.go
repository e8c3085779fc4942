// Package interrupt turns every way in which a process is told to stop into the
// end of one context, so that what was begun is put back: a signal, a terminal
// that closes, a parent that goes away. It keeps apart what looks like an order
// to leave everything as it is and is none: programs that start others signal
// the child and its group, and a reader of our output may have read enough.
package interrupt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// together is the time within which signals are one wish: `timeout` sends two
// within microseconds, and npm and make one more than the terminal does.
const together = 2 * time.Second

// ErrParentGone is in the cause where nobody is left to learn of the outcome. It
// goes on after the cause of the Options.
var ErrParentGone = errors.New("because the process that started this one is gone")

// Options say what a wish to stop comes to.
type Options struct {
	// Cause is in the cause of the context's end, beside what was heard.
	Cause error
	// Force is called when a signal comes again that came two seconds or more
	// before: somebody wants an end at once.
	Force func()
	// Tell is told what a signal did not do; nil tells nobody.
	Tell func(string)
}

// Context ends when the process is told to stop, and not when its output has no
// reader any more: a write then fails as any other does. To be called once, at
// the program's beginning.
//
// SIGHUP means what SIGTERM means, unless it was ignored from the start, as
// nohup has it.
func Context(o Options) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	orphaned := watchParent(context.Background(), ours(), parentEvery) // before Notify: it asks what is ignored
	stops := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stops = append(stops, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, stops...)
	// Taken and never read. To ignore it instead would have the commands that we
	// start ignore it, too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go listener{Options: o, signals: signals, orphaned: orphaned, cancel: cancel}.listen()
	return ctx
}

// listener hears wishes to stop.
type listener struct {
	Options
	signals  <-chan os.Signal
	orphaned <-chan struct{}
	cancel   context.CancelCauseFunc
}

// listen ends the context with the first wish. A signal of another kind is who
// sent the first losing patience: GitHub sends SIGINT, SIGTERM 7.5 s later, and
// SIGKILL after another 2.5 s, which are worth having.
func (l listener) listen() {
	var first time.Time
	came := map[os.Signal]bool{}
	for {
		var heard error
		select {
		case <-l.orphaned:
			l.orphaned, heard = nil, ErrParentGone
		case s := <-l.signals:
			again, late := came[s], !first.IsZero() && time.Since(first) >= together
			if again && late {
				l.Force()
				return
			}
			if late && l.Tell != nil {
				l.Tell(fmt.Sprintf("stopping already; %s again ends it at once and leaves things as they are", nameOf(s)))
			}
			came[s], heard = true, fmt.Errorf("by %s", nameOf(s))
		}
		if first.IsZero() {
			first = time.Now()
			l.cancel(errors.Join(l.Cause, heard))
		}
	}
}

// nameOf is a signal's name as people write it.
func nameOf(s os.Signal) string {
	switch s {
	case os.Interrupt:
		return "SIGINT (Ctrl-C)"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP (the terminal was closed)"
	default:
		return s.String()
	}
}
