package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

// PlanCmd shows what run would do.
type PlanCmd struct{ Source }

// Run checks everything on the cluster and writes nothing.
func (c *PlanCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	cl, rel, err := c.open(g, env)
	if err != nil {
		return err
	}
	s, err := session.Open(ctx, cl, rel)
	if err != nil {
		return err
	}
	p, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	return g.Output.print(env.Stdout, p, func(w io.Writer) error { return writePlan(w, p) })
}

func writePlan(w io.Writer, p *session.Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s: traffic of %s\n\n", p.Namespace, p.Release, p.Service)
	for _, img := range p.Workload.Images {
		fmt.Fprintf(&b, "  image    %s: %s → %s\n", img.Container, img.From, img.To)
	}
	for _, c := range p.Workload.Create {
		fmt.Fprintf(&b, "  create   %s: %s\n", c.Object, c.Why)
	}
	for _, r := range p.Routes {
		fmt.Fprintf(&b, "  edit     %s: %s\n", r, r.Change)
	}
	for _, g := range p.Gates {
		fmt.Fprintf(&b, "  gate     %s\n", g)
	}
	if p.Watchdog != "" {
		fmt.Fprintf(&b, "  watchdog %s\n", p.Watchdog)
	}
	fmt.Fprintf(&b, "  metrics  %s\n", p.Source)
	if t := p.Traffic; t != nil {
		fmt.Fprintf(&b, "  traffic  %.3g requests a second, %.2g%% failed (%s)\n", t.PerSecond, 100*t.Errors, t.From)
	}
	if p.Auto != "" {
		fmt.Fprintf(&b, "  weights  %s\n", p.Auto)
	}
	b.WriteString("\n")
	if err := writeSteps(&b, p.Steps); err != nil {
		return err
	}
	for _, s := range p.Warnings {
		fmt.Fprintf(&b, "\n  warning  %s", s)
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}

func writeSteps(w io.Writer, steps []session.PlanStep) error {
	// What cannot be written is told by Flush.
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "  step\tweight\treplicas\tdetail")
	for _, s := range steps {
		replicas := ""
		if s.Replicas > 0 {
			replicas = strconv.Itoa(s.Replicas) + " ready"
		}
		_, _ = fmt.Fprintf(tw, "  %s\t%d%%\t%s\t%s\n", s.Name, s.Weight, replicas, s.Detail)
		if s.Forecast != nil {
			_, _ = fmt.Fprintf(tw, "  \t\t\t%s\n", forecastText(s.Forecast))
		}
	}
	return tw.Flush()
}

// forecastText is what a gate step will take, in one line.
func forecastText(f *session.Forecast) string {
	took := time.Duration(f.Seconds * float64(time.Second)).Round(time.Second)
	text := fmt.Sprintf("passes a good version after %s requests, %s", report.Count(f.Requests), took)
	switch {
	case f.Decides:
	case took > 0:
		text = fmt.Sprintf("would need %s; has served %s requests by its end, then %s", took, report.Count(f.Requests), f.Else)
	default:
		text = fmt.Sprintf("cannot decide; then %s", f.Else)
	}
	if f.Finds != nil {
		text += fmt.Sprintf("; by then finds one that fails %.2g%%", 100**f.Finds)
	}
	return text
}
