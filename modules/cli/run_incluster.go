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
	rep, err := c.begin(g, env, g.Namespace, string(c.Name))
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
	options := session.RemoteOptions{Image: c.image(env), Account: account, Getenv: env.Getenv, Patience: c.WaitForLock.Patience}
	var remote *session.Remote
	err = c.patiently(ctx, env, func() (err error) {
		remote, err = session.StartRemote(ctx, cl, rel, options)
		return err
	})
	if err != nil {
		return rep.failed(err)
	}
	say := func(text string) { env.say("", text) }
	say(fmt.Sprintf("job %s/%s rolls out; Ctrl-C leaves it running", cl.Namespace, remote.Job()))
	var nothing *session.RemoteError
	switch err := remote.Begin(ctx, say); {
	case ctx.Err() != nil:
		return detached(cl, rel.Metadata.Name)
	case errors.As(err, &nothing):
		return rep.failed(&exitError{code: nothing.Code, err: err})
	case err != nil:
		return rep.failed(lost(cl, rel.Metadata.Name, err))
	}
	return attach(ctx, g, env, rep, cl, rel.Metadata.Name, remote.Follow)
}
