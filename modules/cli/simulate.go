package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/gate/sim"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/simulate"
)

// SimulateCmd puts invented traffic before rules.
type SimulateCmd struct {
	Rate             float64           `default:"100" help:"Requests a second, of both versions together."`
	Errors           release.Percent   `default:"0.1%" placeholder:"SHARE" help:"Share of stable's requests that fail."`
	CandidateErrors  []release.Percent `default:"5%" placeholder:"SHARE,…" help:"Share of the candidate's requests that fail; several are played one after the other."`
	ErrorsAtOnce     int               `default:"1" help:"How many errors come at a time, as with retries."`
	Latency          time.Duration     `placeholder:"TIME" help:"Mean duration of a request; without it, durations are left out."`
	CandidateLatency time.Duration     `placeholder:"TIME" help:"The candidate's mean duration; stable's by default."`
	Steps            []int             `placeholder:"1,5,…" help:"Headgate's weights in percent; the release's, or 1,5,25,50,100."`
	Look             time.Duration     `placeholder:"TIME" help:"Time between two of Headgate's looks."`
	History          time.Duration     `default:"30s" help:"How long Headgate watches stable before the candidate gets traffic."`
	Runs             int               `default:"1000" help:"Rollouts of each candidate under each rule."`
	Seed             uint64            `default:"1" help:"The same seed gives the same rollouts."`
	Most             time.Duration     `default:"1h" help:"End of a rollout that nobody has decided."`
	HTML             string            `name:"html" placeholder:"FILE" help:"Write a page with charts, too."`
	RuleFlags
}

// Help is shown by --help.
func (*SimulateCmd) Help() string {
	return `Plays rollouts with invented traffic, in memory, past Headgate's gates and past
the rules of Flagger and Argo Rollouts, once with a candidate as good as stable and
once with each bad one. It tells how often each rule is right, how soon, and how
many requests fail until then. No cluster is asked.`
}

// Run plays and tells.
func (c *SimulateCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	progress := newFar(env, g, "simulating")
	spec.Progress = progress.show
	res, err := simulate.Run(ctx, spec)
	progress.close()
	if err != nil {
		return err
	}
	if err := writeHTML(c.HTML, func(w io.Writer) error { return simulate.HTML(w, res) }); err != nil {
		return err
	}
	return g.Output.print(env.Stdout, res, func(w io.Writer) error { return simulate.Text(w, env.screen(), res) })
}

// checked says which number no service could have.
func (c *SimulateCmd) checked() error {
	shares := append([]release.Percent{c.Errors}, c.CandidateErrors...)
	switch {
	case !(c.Rate > 0 && c.Rate <= maxRate):
		return usageError("--rate %v: want requests a second above 0, and at most %g", c.Rate, maxRate)
	case slices.Max(shares) > 1:
		return usageError("--errors and --candidate-errors: %s is more than all requests", slices.Max(shares))
	case c.ErrorsAtOnce < 1:
		return usageError("--errors-at-once %d: errors come one or more at a time", c.ErrorsAtOnce)
	case c.Latency < 0 || c.CandidateLatency < 0 || c.History < 0:
		return usageError("--latency, --candidate-latency and --history: no time is below zero")
	case c.CandidateLatency > 0 && c.Latency == 0:
		return usageError("--candidate-latency needs --latency, which is stable's")
	case c.Look != 0 && c.Look < leastLook:
		return usageError("--look %s: want %s or more between two looks", c.Look, leastLook)
	case c.Runs < 1:
		return usageError("--runs %d: want at least one; 1000 are usual", c.Runs)
	case c.Most <= 0:
		return usageError("--most %s: a rollout needs an end; 1h is usual", c.Most)
	}
	return nil
}

// What a simulation can be asked for: more only takes longer.
const (
	maxRate   = 1e6
	leastLook = 100 * time.Millisecond
)

func (c *SimulateCmd) spec() (simulate.Spec, error) {
	if err := c.checked(); err != nil {
		return simulate.Spec{}, err
	}
	own, err := c.headgate("Headgate", c.Latency > 0)
	if err != nil {
		return simulate.Spec{}, err
	}
	if len(c.Steps) > 0 {
		own.Weights = c.Steps
		if err := own.Check(); err != nil {
			return simulate.Spec{}, &exitError{code: ExitUsage, err: err}
		}
	}
	if c.Look > 0 {
		own.Look = c.Look
	}
	peers, err := c.peers(c.Latency > 0)
	if err != nil {
		return simulate.Spec{}, err
	}
	spec := simulate.Spec{
		Traffic: sim.Traffic{
			PerSecond: c.Rate, Cluster: c.ErrorsAtOnce, Look: own.Look, History: c.History,
			Stable: sim.Version{Errors: c.Errors.Fraction(), Latency: simulate.Exponential(c.Latency)},
		},
		Rules: append([]rules.Rule{own}, peers...), Runs: c.Runs, Seed: c.Seed, Most: c.Most,
	}
	spec.Candidates = c.candidates(spec.Traffic.Stable)
	return spec, nil
}

// candidates are one like stable, and the bad ones.
func (c *SimulateCmd) candidates(stable sim.Version) []simulate.Candidate {
	out := []simulate.Candidate{{Name: "candidate as good as stable", Version: stable}}
	for _, share := range c.CandidateErrors {
		v := sim.Version{Errors: share.Fraction(), Latency: stable.Latency}
		name := fmt.Sprintf("candidate fails %s of its requests", share)
		if c.CandidateLatency > 0 {
			v.Latency = simulate.Exponential(c.CandidateLatency)
			name += fmt.Sprintf(", %s on average", c.CandidateLatency)
		}
		out = append(out, simulate.Candidate{Name: name, Version: v})
	}
	return out
}
