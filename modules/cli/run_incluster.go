package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/session"
)

// defaultAccount is the ServiceAccount of k8s/rbac.
const defaultAccount = "headgate"

// Help is the command's longer text.
func (*RunCmd) Help() string {
	return "Ctrl-C puts everything back before the program ends; a second one ends it at once. " +
		"With --in-cluster the whole rollout is a Job, and this process only follows it: Ctrl-C then leaves the rollout running there, `headgate attach` follows it again, and `headgate rollback` ends it."
}

// inCluster starts the rollout as a Job and follows it.
func (c *RunCmd) inCluster(ctx context.Context, g *Globals, env *Env) error {
	rep, err := c.begin(g, env, g.Namespace, c.Name)
	if err != nil {
		return err
	}
	cl, rel, err := c.open(g, env)
	if err != nil {
		return rep.failed(err)
	}
	rep.about(rel.Metadata.Namespace, rel.Metadata.Name)
	account := c.ServiceAccount
	if account == "" {
		account = defaultAccount
	}
	remote, err := session.StartRemote(ctx, cl, rel, session.RemoteOptions{Image: c.image(env), Account: account, Getenv: env.Getenv})
	if err != nil {
		return rep.failed(err)
	}
	say := func(text string) { _, _ = fmt.Fprintln(env.Stderr, text) }
	say(fmt.Sprintf("job %s/%s rolls out; Ctrl-C leaves it running", cl.Namespace, remote.Job()))
	err = remote.Begin(ctx, say)
	if ctx.Err() != nil {
		return detached(cl, rel.Metadata.Name)
	}
	if err != nil {
		err = rep.failed(early(err))
	} else if err = attach(ctx, g, env, rep, cl, rel.Metadata.Name); ctx.Err() != nil {
		return err
	}
	if rerr := remote.Remove(context.WithoutCancel(ctx)); rerr != nil {
		say(fmt.Sprintf("the job goes by itself in an hour: %v", rerr))
	}
	return err
}

// early gives the exit code of a Job that ended before its rollout began.
func early(err error) error {
	var remote *session.RemoteError
	if errors.As(err, &remote) {
		return &exitError{code: remote.Code, err: err}
	}
	return err
}
