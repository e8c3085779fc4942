package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/demo"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv"
)

// DemoCmd shows the program at work.
type DemoCmd struct {
	Keep bool    `help:"Leave the mesh and the sample running, and say how to use them."`
	Rate float64 `default:"200" help:"Traffic in requests per second."`
	Env  string  `default:"demo" name:"env" placeholder:"NAME" help:"Name of the test environment."`
}

// Run brings the mesh up, rolls out twice and takes the mesh down again.
func (c *DemoCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if !(c.Rate > 0 && c.Rate <= maxRate) {
		return usageError("--rate %v: want requests a second above 0", c.Rate)
	}
	say := func(line string) { env.say("• ", line) }
	mesh, err := testenv.Up(ctx, testenv.Options{Name: c.Env, Owned: !c.Keep, Progress: progressTo(env)})
	if err != nil {
		return err
	}
	defer func() {
		if c.Keep {
			printUse(env.Stderr, mesh, true)
			return
		}
		say("taking the mesh down")
		_ = mesh.Down(context.WithoutCancel(ctx)) // it ends with this process in any case
	}()
	cl, err := cluster.Connect(cluster.Options{Kubeconfig: mesh.Kubeconfig, Namespace: demo.Namespace})
	if err != nil {
		return err
	}
	out, err := demo.Run(ctx, demo.Options{
		Rate: c.Rate, Cluster: cl, Gateway: mesh.Gateway, Say: say,
		Watch: func(title string) (func(rollout.Event), func()) {
			w := newWatcher(env, g, title, putsBack)
			return w.observe, w.close
		},
		Show: func(res report.Result) {
			if g.Output == "text" {
				_ = report.Text(env.Stdout, env.screen(), g.untold(res))
				_, _ = fmt.Fprintln(env.Stdout)
			}
		},
	})
	if out != nil && g.Output != "text" {
		if perr := g.Output.print(env.Stdout, out.Results, nil); perr != nil {
			return perr
		}
	}
	if err != nil {
		return err
	}
	if g.Output == "text" {
		printTraffic(env.Stdout, out)
	}
	return nil
}

// printTraffic is the callers' view of everything that was done.
func printTraffic(w io.Writer, out *demo.Outcome) {
	t := out.Traffic
	_, _ = fmt.Fprintf(w, "callers  %s requests in all, %s failed:\n", report.Count(uint64(t.Requests)), report.Count(uint64(t.Failed))) //nolint:gosec // counts are not negative
	for _, version := range slices.Sorted(maps.Keys(t.Versions)) {
		n := t.Versions[version]
		name := version
		if name == "" {
			name = "nobody (the mesh)"
		}
		_, _ = fmt.Fprintf(w, "         %-18s answered %s, %s of them failed\n", name, report.Count(uint64(n.Requests)), report.Count(uint64(n.Failed))) //nolint:gosec // counts are not negative
	}
}
