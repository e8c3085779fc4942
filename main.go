// Command headgate moves live traffic on a service mesh to a new version step
// by step, measures it, and promotes it or puts everything back.
package main

import (
	"fmt"
	"os"

	"github.com/headgate-ci/headgate/modules/cli"
	"github.com/headgate-ci/headgate/modules/interrupt"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv"
)

func main() {
	// The test environment starts this program again in other roles.
	if testenv.Reexec() {
		return
	}
	ctx := interrupt.Context(interrupt.Options{Cause: rollout.ErrInterrupted, Force: stopInTheMiddle, Tell: tell})
	os.Exit(cli.Main(ctx, cli.OSEnv(), os.Args[1:]))
}

func stopInTheMiddle() {
	tell("stopped in the middle; `headgate list -A` shows whether a rollout is unfinished, `headgate rollback NAME` puts everything back")
	os.Exit(cli.ExitAborted)
}

func tell(text string) { fmt.Fprintln(os.Stderr, "headgate:", text) }
