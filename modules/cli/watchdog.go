package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/session"
)

// WatchdogCmd stands by a rollout from inside the cluster.
type WatchdogCmd struct {
	Name    string        `arg:"" help:"Release."`
	After   time.Duration `default:"30s" help:"How long the driver may give no sign of life."`
	Listen  string        `placeholder:"ADDRESS" help:"Where to answer the readiness probe; nowhere by default."`
	Rollout string        `placeholder:"ID" help:"The rollout to stand by; any of the release by default."`
}

// Run returns when the rollout has ended, by itself or put back by this.
func (c *WatchdogCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	cl, err := g.connect()
	if err != nil {
		return err
	}
	say := func(text string) {
		_, _ = fmt.Fprintf(env.Stderr, "%s %s\n", time.Now().Format("15:04:05"), text)
	}
	say(fmt.Sprintf("standing by %s/%s: without a sign of life for %s everything is put back", cl.Namespace, c.Name, c.After))
	w := newWatcher(env, g, cl.Namespace+"/"+c.Name, "")
	defer w.close()
	res, err := session.Watch(ctx, cl, c.Name, session.Watching{Rollout: c.Rollout, After: c.After, Listen: c.Listen, Observe: w.observe, Say: say})
	if err != nil || res == nil {
		return err
	}
	return g.Output.print(env.Stdout, *res, textOf(env.screen(), *res)) // what was to be done is done, whatever the verdict
}
