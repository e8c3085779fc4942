// Command bench rolls good and bad versions out with Headgate, Flagger and Argo
// Rollouts on the test mesh and writes the table and the chart of what callers
// got. README.md says how to use it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/headgate-ci/headgate/testenv"
)

func main() {
	if testenv.Reexec() {
		return
	}
	var o options
	flag.StringVar(&o.out, "out", "docs", "folder for bench.md and bench.svg; empty writes none")
	flag.StringVar(&o.raw, "raw", "", "JSON file of all results; those that are in it stay, and cases that it has are not played again")
	flag.StringVar(&o.only, "only", "", "regular expression for the cases to play, such as 'flagger-fastest/5pct/100'")
	flag.StringVar(&o.env, "env", "", "name of an environment that is up; one is brought up by default")
	flag.StringVar(&o.headgate, "headgate", "", "path of the headgate program; built by default")
	flag.StringVar(&o.logs, "logs", "", "folder for the tools' messages; a temporary one by default")
	flag.StringVar(&o.note, "note", "", "sentence about the circumstances, for the page")
	flag.IntVar(&o.side, "side", 6, "rollouts at the same time")
	flag.IntVar(&o.repeats, "repeats", 3, "equal rollouts of an entrant whose rollouts take a minute or two; the others make one")
	flag.BoolVar(&o.list, "list", false, "only list the cases")
	rate := flag.Float64("rate", 100, "requests per second for each service")
	flag.Parse()
	o.rate = *rate
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
