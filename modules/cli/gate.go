package cli

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/session"
)

// GateCmd compares two versions that serve now.
type GateCmd struct {
	Name      targetName `arg:"" optional:"" predictor:"deployment" help:"Deployment that serves as stable, without a release file."`
	Candidate string     `placeholder:"NAME" help:"Deployment on trial; the first one's name with -canary by default."`
	GateFlags
	For time.Duration `default:"60s" placeholder:"TIME" help:"How long the gates may take to decide."`
	Reporting
}

// Help is shown below the flags' help.
func (GateCmd) Help() string {
	return `Puts gates to two versions of a service that both get traffic now, and moves
nothing: for pipelines that move traffic themselves. The versions are two
Deployments behind one Service; DestinationRule subsets and a Service of the
candidate's own are found by their selectors. It exits with 0 when every gate
passed, 3 when one failed, 4 when the evidence did not suffice.

  headgate gate shop -n shop --candidate shop-v2 --max-errors 1% --max-regression 1.5`
}

// Run compares.
func (c *GateCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	rep, err := c.begin(g, env, g.Namespace, string(c.Name))
	if err != nil {
		return err
	}
	if c.For <= 0 {
		return rep.failed(usageError("gate: --for %s is no time to measure", c.For))
	}
	exam := session.Exam{For: c.For, Interval: c.Interval, Compare: true, Candidate: c.Candidate}
	return examine(ctx, g, env, rep, c.GateFlags, string(c.Name), scope{}, exam)
}
