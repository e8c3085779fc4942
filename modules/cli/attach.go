package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/session"
)

// AttachCmd follows a rollout that another process drives.
type AttachCmd struct {
	Reporting
	Name targetName `arg:"" optional:"" predictor:"release" help:"Release, or deploy/NAME; that of headgate.yaml by default."`
}

// Help is the command's longer text.
func (AttachCmd) Help() string {
	return "Progress, result and exit code are those that the run itself has. It does not matter where that is: in the cluster, in another terminal, in a CI job. Ctrl-C ends only the following. A rollout that has ended already is told at once."
}

// Run follows to the end.
func (c *AttachCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	name, err := c.Name.orAtHand(g)
	if err != nil {
		return err
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	rep, err := c.begin(g, env, cl.Namespace, name)
	if err != nil {
		return err
	}
	if _, err := session.Look(ctx, cl, cl.Namespace, name); err != nil {
		return rep.failed(err)
	}
	return attach(ctx, g, env, rep, cl, name, byJournal(cl, name))
}

// attach follows a rollout to its end and exits as its own run does.
func attach(ctx context.Context, g *Globals, env *Env, rep *reporter, cl *cluster.Cluster, name string, by follower) error {
	ctx, heard, stop := listened(ctx, env)
	defer stop()
	st, err := follow(ctx, g, heard, rep, cl.Namespace+"/"+name, by, true)
	if ctx.Err() != nil {
		return detached(cl, name)
	}
	if errors.Is(err, journal.ErrNotFound) {
		return rep.failed(err)
	}
	if err != nil {
		return rep.failed(lost(cl, name, err))
	}
	if !st.Over() {
		return rep.failed(&exitError{code: ExitInconclusive, err: errors.New(st.Line())})
	}
	return rep.conclude(st.Result, verdictError(st.Result.Verdict, nil))
}

// detached says how to come back.
func detached(cl *cluster.Cluster, name string) error {
	return lost(cl, name, errors.New("not following any more"))
}

// lost is detached because of an error: how the rollout ends is not known.
func lost(cl *cluster.Cluster, name string, err error) error {
	return &exitError{code: ExitAborted, err: fmt.Errorf("%[3]w; the rollout goes on: `headgate attach %[1]s -n %[2]s` follows it again, `headgate rollback %[1]s -n %[2]s` puts everything back", name, cl.Namespace, err)}
}
