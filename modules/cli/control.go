package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

// PromoteCmd finishes a rollout without its remaining gates.
type PromoteCmd struct {
	Reporting
	Name targetName `arg:"" optional:"" predictor:"release" help:"Release, or deploy/NAME; that of headgate.yaml by default."`
	Lock
}

// Run asks the driver, or drives.
func (c *PromoteCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	name, err := c.Name.orAtHand(g)
	if err != nil {
		return err
	}
	return c.control(ctx, g, env, c.Reporting, name, journal.RequestPromote, session.TakeOver{Do: session.Promote})
}

// RollbackCmd puts everything back.
type RollbackCmd struct {
	Reporting
	Gated bool       `help:"After a promotion: roll the version before out as any other, step by step and past the release's gates."`
	Name  targetName `arg:"" optional:"" predictor:"release" help:"Release, or deploy/NAME; that of headgate.yaml by default."`
	Force bool       `help:"Overwrite what somebody else changed in the routes and in stable since."`
	Lock
}

// Run asks the driver, or puts back what a vanished one left.
func (c *RollbackCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	name, err := c.Name.orAtHand(g)
	if err != nil {
		return err
	}
	if c.Gated {
		return c.gated(ctx, g, env, name)
	}
	return c.control(ctx, g, env, c.Reporting, name, journal.RequestRollback, session.TakeOver{Do: session.Rollback, Force: c.Force, GoBack: true})
}

// Help is the command's longer text.
func (RollbackCmd) Help() string {
	return "A running rollout is ended and put back; what a vanished one left is put back. After a promotion stable gets the version before back at once, as one update of its Deployment; `headgate list --history NAME` says which that is."
}

// gated rolls the version before out.
func (c *RollbackCmd) gated(ctx context.Context, g *Globals, env *Env, name string) error {
	if c.Force {
		return usageError("rollback: --force overwrites at once, --gated goes step by step; give one of them")
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	rep, err := c.begin(g, env, cl.Namespace, name)
	if err != nil {
		return err
	}
	rel, err := session.Former(ctx, cl, name)
	if err != nil {
		return rep.failed(err)
	}
	return c.drive(ctx, env, rep, session.Resume, func() (*report.Result, error) { return roll(ctx, g, env, rep, cl, rel) })
}

// PauseCmd keeps a rollout at its weight.
type PauseCmd struct {
	Name targetName `arg:"" optional:"" predictor:"release" help:"Release, or deploy/NAME; that of headgate.yaml by default."`
}

// Run leaves the request with the driver.
func (c *PauseCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	name, err := c.Name.orAtHand(g)
	if err != nil {
		return err
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	driver, err := session.Ask(ctx, cl, name, journal.RequestPause)
	if err != nil {
		return err
	}
	if driver == "" {
		return fmt.Errorf("release %s/%s: nobody is rolling it out, so there is nothing to pause; see `headgate status %s -n %s`", cl.Namespace, name, name, cl.Namespace)
	}
	return asked{Driver: driver, Request: journal.RequestPause, Namespace: cl.Namespace, Release: name}.print(g, env)
}

// ResumeCmd goes on with a rollout.
type ResumeCmd struct {
	Reporting
	Name targetName `arg:"" optional:"" predictor:"release" help:"Release, or deploy/NAME; that of headgate.yaml by default."`
	Lock
}

// Run tells a paused driver to go on, or drives a held or interrupted rollout.
func (c *ResumeCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	name, err := c.Name.orAtHand(g)
	if err != nil {
		return err
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	driver, err := session.Ask(ctx, cl, name, journal.RequestResume)
	if err != nil {
		return err
	}
	if driver != "" {
		return asked{Driver: driver, Request: journal.RequestResume, Namespace: cl.Namespace, Release: name}.print(g, env)
	}
	rep, err := c.begin(g, env, cl.Namespace, name)
	if err != nil {
		return err
	}
	return c.takeOver(ctx, g, env, rep, name, session.TakeOver{Do: session.Resume})
}

// control leaves a request with the driver and waits for the end; without a
// driver it becomes the driver.
func (l Lock) control(ctx context.Context, g *Globals, env *Env, to Reporting, name string, r journal.Request, t session.TakeOver) error {
	g.locate(name)
	cl, err := g.connect()
	if err != nil {
		return err
	}
	rep, err := to.begin(g, env, cl.Namespace, name)
	if err != nil {
		return err
	}
	driver, err := session.Ask(ctx, cl, name, r)
	if err != nil {
		return rep.failed(err)
	}
	if driver == "" {
		return l.takeOver(ctx, g, env, rep, name, t)
	}
	_, _ = fmt.Fprintf(env.Stderr, "asked %s to %s %s/%s; waiting for it\n", driver, r, cl.Namespace, name)
	st, err := follow(ctx, g, env, rep, cl.Namespace+"/"+name, byJournal(cl, name), false)
	if err != nil {
		return rep.failed(err)
	}
	if open(st, t.Do) {
		return l.takeOver(ctx, g, env, rep, name, t)
	}
	return rep.conclude(st.Result, askedFor(t.Do, st.Result.Verdict))
}

// open says that what was asked for is still to be done: the driver has gone
// away in the middle, or has held where a rollback was asked for.
func open(st *session.Status, do session.Action) bool {
	phase := rollout.Phase(st.Phase)
	return !phase.Ended() && (phase != rollout.Held || do == session.Rollback)
}

// takeOver becomes the driver, when nobody else is any more.
func (l Lock) takeOver(ctx context.Context, g *Globals, env *Env, rep *reporter, name string, t session.TakeOver) error {
	return l.drive(ctx, env, rep, t.Do, func() (*report.Result, error) { return take(ctx, g, env, rep, name, t) })
}

func take(ctx context.Context, g *Globals, env *Env, rep *reporter, name string, t session.TakeOver) (*report.Result, error) {
	cl, err := g.connect()
	if err != nil {
		return nil, err
	}
	hint := putsBack
	if t.Do == session.Rollback { // it does so already
		hint = ""
	}
	w := newWatcher(env, g, cl.Namespace+"/"+name, hint)
	defer w.close()
	t.Observe = rep.watch(w.observe)
	return session.Take(ctx, cl, name, t)
}

// drive has fn drive a Rollout, as patiently as the flag says, and reports what
// came of it.
func (l Lock) drive(ctx context.Context, env *Env, rep *reporter, do session.Action, fn func() (*report.Result, error)) error {
	var res *report.Result
	err := l.patiently(ctx, env, func() (err error) { res, err = fn(); return err })
	switch {
	case res == nil:
		return rep.failed(err)
	case err != nil:
		return rep.conclude(*res, verdictError(res.Verdict, err))
	default:
		return rep.conclude(*res, askedFor(do, res.Verdict))
	}
}

// askedFor is success when the verdict is what the command was given for.
func askedFor(do session.Action, v report.Verdict) error {
	switch {
	case do == session.Rollback && (v == report.RolledBack || v == report.Aborted):
		return nil
	case do == session.Rollback && v == report.Promoted:
		return errors.New("the rollout was promoted before the request arrived; the same command again goes back to the version before")
	}
	return verdictError(v, nil)
}
