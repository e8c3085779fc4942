package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/screen"
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
	return g.Output.print(env.Stdout, p, func(w io.Writer) error { return writePlan(w, env.screen(), p) })
}

func writePlan(w io.Writer, on screen.Screen, p *session.Plan) error {
	lines := []string{on.Paint(screen.Strong, fmt.Sprintf("%s/%s: traffic of %s", p.Namespace, p.Release, p.Service)), ""}
	for _, n := range planNotes(p) {
		lines = append(lines, on.Note(n)...)
	}
	lines = append(append(lines, ""), stepLines(on, p.Steps)...)
	for _, s := range p.Warnings {
		lines = append(append(lines, ""), on.Note(planNote("warning", screen.Wait, s))...)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func planNote(what string, tone screen.Tone, text string) screen.Note {
	return screen.Note{Label: fmt.Sprintf("  %-9s", what), Tone: tone, Text: text}
}

// planNotes are what stands above the steps.
func planNotes(p *session.Plan) []screen.Note {
	var out []screen.Note
	add := func(what, format string, args ...any) {
		out = append(out, planNote(what, screen.Faint, fmt.Sprintf(format, args...)))
	}
	for _, img := range p.Workload.Images {
		add("image", "%s: %s → %s", img.Container, img.From, img.To)
	}
	for _, c := range p.Workload.Create {
		add("create", "%s: %s", c.Object, c.Why)
	}
	for _, r := range p.Routes {
		add("edit", "%s: %s", r, r.Change)
	}
	for _, g := range p.Gates {
		add("gate", "%s", g)
	}
	for _, t := range p.Tells {
		add("tells", "%s", t)
	}
	if p.Watchdog != "" {
		add("watchdog", "%s", p.Watchdog)
	}
	add("metrics", "%s", p.Source)
	if p.Witness != "" {
		add("witness", "%s", p.Witness)
	}
	if t := p.Traffic; t != nil {
		add("traffic", "%.3g requests a second, %.2g%% failed (%s)", t.PerSecond, 100*t.Errors, t.From)
	}
	if p.Auto != "" {
		add("weights", "%s", p.Auto)
	}
	return out
}

// stepLines are a table of the steps, with what is foreseen for each below it.
func stepLines(on screen.Screen, steps []session.PlanStep) []string {
	t := screen.Table{Indent: "  ", Head: []string{"step", "weight", "replicas", "detail"}}
	for _, s := range steps {
		replicas := ""
		if s.Replicas > 0 {
			replicas = strconv.Itoa(s.Replicas) + " ready"
		}
		row := screen.Row{Cells: screen.Cells(s.Name, fmt.Sprintf("%d%%", s.Weight), replicas, s.Detail)}
		if s.Forecast != nil {
			row.Below = []screen.Note{{Label: "    ", Text: forecastText(s.Forecast)}}
		}
		t.Rows = append(t.Rows, row)
	}
	return on.Table(t)
}

// forecastText is what a gate step will take, in one line.
func forecastText(f *session.Forecast) string {
	took := time.Duration(f.Seconds * float64(time.Second)).Round(time.Second)
	text := fmt.Sprintf("passes a good version after %s requests, %s", report.Count(f.Requests), took)
	switch {
	case f.Decides:
	case f.Fails:
		text = fmt.Sprintf("fails a version as good as stable after %s; then %s", took, f.Else)
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
