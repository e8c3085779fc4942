package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// AttachCmd follows a rollout that another process drives.
type AttachCmd struct {
	Reporting
	Name string `arg:"" help:"Release."`
}

// Help is the command's longer text.
func (AttachCmd) Help() string {
	return "Progress, result and exit code are those that the run itself has. It does not matter where that is: in the cluster, in another terminal, in a CI job. Ctrl-C ends only the following. A rollout that has ended already is told at once."
}

// Run follows to the end.
func (c *AttachCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	g.locate(c.Name)
	cl, err := g.connect()
	if err != nil {
		return err
	}
	rep, err := c.begin(g, env, cl.Namespace, c.Name)
	if err != nil {
		return err
	}
	return attach(ctx, g, env, rep, cl, c.Name)
}

// attach follows a rollout to its end and exits as its own run does.
func attach(ctx context.Context, g *Globals, env *Env, rep *reporter, cl *cluster.Cluster, name string) error {
	st, err := follow(ctx, g, env, rep, cl, name)
	if ctx.Err() != nil {
		return detached(cl, name)
	}
	if err != nil {
		return rep.failed(err)
	}
	if phase := rollout.Phase(st.Phase); !phase.Ended() && phase != rollout.Held {
		return rep.failed(&exitError{code: ExitInconclusive, err: errors.New(st.Line())})
	}
	return rep.conclude(st.Result, verdictError(st.Result.Verdict, nil))
}

// detached says how to come back.
func detached(cl *cluster.Cluster, name string) error {
	return &exitError{code: ExitAborted, err: fmt.Errorf("not following any more; the rollout goes on: `headgate attach %[1]s -n %[2]s` follows it again, `headgate rollback %[1]s -n %[2]s` puts everything back", name, cl.Namespace)}
}
