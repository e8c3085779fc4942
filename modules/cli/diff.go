package cli

import (
	"context"
	"io"

	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/manifest"
)

// DiffCmd shows what apply would change.
type DiffCmd struct {
	Applied
	Target
}

// Run compares by the API server's own dry run, and writes nothing. The exit
// code is 3 when something would change.
func (c *DiffCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	changes, err := compare(ctx, g, env, &c.Applied, opts)
	if err != nil {
		return err
	}
	err = g.Output.print(env.Stdout, changes, func(w io.Writer) error {
		for _, ch := range changes {
			if _, err := io.WriteString(w, ch.Diff); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !manifest.Same(changes) {
		return &exitError{code: ExitRolledBack}
	}
	return err
}

func compare(ctx context.Context, g *Globals, env *Env, m *Applied, opts deploy.Options) ([]manifest.Change, error) {
	r, err := m.render(env)
	if err != nil {
		return nil, err
	}
	cl, err := g.connect()
	if err != nil {
		return nil, err
	}
	changes, err := deploy.Compare(ctx, cl, r.Objects, opts)
	return changes, deployError(err)
}
