// Command headgate moves live traffic on a service mesh to a new version step
// by step, measures it, and promotes it or puts everything back.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/headgate-ci/headgate/modules/cli"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv"
)

func main() {
	// The test environment starts this program again in other roles.
	if testenv.Reexec() {
		return
	}
	os.Exit(cli.Main(interruptible(), cli.OSEnv(), os.Args[1:]))
}

// interruptible ends with the first signal, upon which things are put back; the
// second one ends the program at once.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		cancel(errors.Join(rollout.ErrInterrupted, fmt.Errorf("by signal %s", s)))
		<-signals
		fmt.Fprintln(os.Stderr, "headgate: stopped in the middle; `headgate list -A` shows whether a rollout is unfinished")
		os.Exit(cli.ExitAborted)
	}()
	return ctx
}
