package cli

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/session"
)

// VerifyCmd asks how a service does now, without a rollout.
type VerifyCmd struct {
	Name targetName `arg:"" optional:"" predictor:"deployment" help:"Deployment to look at without a release file. A command after -- is run, and what the service does meanwhile is measured."`
	GateFlags
	For time.Duration `placeholder:"TIME" help:"How long the gates may take to decide; 60s by default."`
	Reporting
}

// Help is shown below the flags' help.
func (VerifyCmd) Help() string {
	return `Reads the metrics of a service that is running and puts gates to them. Nothing
is moved or written. It ends as soon as every gate has decided: with 0 when all
passed, 3 when one failed, 4 when the evidence did not suffice.

  headgate verify shop -n shop --max-errors 1% --max-latency p99=300ms

With a command after --, it measures as long as the command runs, and both must
be well. What the command sends is then all there is to judge, so the gates
compare with their limits (--method fixed) from the first request on. Unless
--max-errors or the release file says how many may fail, none may. A p99 is told
by 100 requests, a p95 by 20: with fewer, a latency gate does not decide.

  headgate verify shop -n shop -- newman run shop.postman_collection.json`
}

// Run measures, with the command that stands after the dashes.
func (c *VerifyCmd) Run(ctx context.Context, g *Globals, env *Env, command Trailing) error {
	rep, err := c.begin(g, env, g.Namespace, string(c.Name))
	if err != nil {
		return err
	}
	if c.For < 0 {
		return rep.failed(usageError("verify: --for %s is no time to measure", c.For))
	}
	exam := session.Exam{For: c.For, Interval: c.Interval}
	if exam.For == 0 {
		exam.For = time.Minute
	}
	usual := scope{}
	if len(command) > 0 {
		if c.For != 0 {
			return rep.failed(usageError("verify: --for and a command exclude each other; it is measured as long as the command runs"))
		}
		if c.Method == "" {
			c.Method = release.Fixed
		}
		usual.work = true
		exam.Work = &session.Work{Name: command.String(), Do: command.run(env)}
	}
	return examine(ctx, g, env, rep, c.GateFlags, string(c.Name), usual, exam)
}

// examine is what verify and gate have in common.
func examine(ctx context.Context, g *Globals, env *Env, rep *reporter, flags GateFlags, name string, usual scope, exam session.Exam) error {
	cl, rel, err := flags.open(g, env, name, usual)
	if err != nil {
		return rep.failed(err)
	}
	rep.about(rel.Metadata.Namespace, rel.Metadata.Name)
	w := newWatcher(env, g, rel.Metadata.Namespace+"/"+rel.Metadata.Name, endsExam)
	exam.Observe = rep.watch(w.observe)
	res, err := session.Examine(ctx, cl, rel, exam)
	w.close()
	if err != nil {
		return rep.failed(err)
	}
	return rep.conclude(*res, verdictError(res.Verdict, nil))
}
