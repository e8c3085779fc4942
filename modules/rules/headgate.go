package rules

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// Headgate is Headgate's canary: at each weight it looks until every gate has
// passed or one has failed. Left out: the time it takes to move the weight, to
// have Pods ready and to see the proxies follow.
type Headgate struct {
	Label string
	Gates []gate.Gate
	// Weights are the steps, in percent, growing.
	Weights []int
	// Look lies between two looks.
	Look time.Duration
	// Min and Max bound a step.
	Min, Max time.Duration
	// AtMax is what happens when the gates have not decided in time: Held,
	// RolledBack, or Promoted to go on with the next step.
	AtMax Outcome
	// Baseline says that the gates compare with a baseline.
	Baseline bool
	// Warmup is for how long the candidate's first requests stand apart, and
	// WarmupErrors the share of them that may fail, 0 to 1; zero takes the default.
	Warmup       time.Duration
	WarmupErrors float64

	// LeftOut are gates that are not asked, each with its reason.
	LeftOut []string
}

// Beside says that the rule has a baseline run beside the candidate.
func (r Headgate) Beside() bool { return r.Baseline }

// Check says what keeps the settings from working.
func (r Headgate) Check() error {
	last := 0
	for _, w := range r.Weights {
		if w <= last || w > 100 {
			return fmt.Errorf("the steps %s must grow, from 1 to at most 100", strings.Trim(fmt.Sprint(r.Weights), "[]"))
		}
		last = w
	}
	if last == 0 || r.Look <= 0 {
		return errors.New("want steps, and a time between two looks")
	}
	return gate.NewPanel(r.Gates...).WarmUp(r.WarmupErrors)
}

// Name is what tables call the rule.
func (r Headgate) Name() string { return r.Label }

// Settings are the rule's settings in one line.
func (r Headgate) Settings() string {
	var gates []string
	for _, g := range r.Gates {
		gates = append(gates, g.Question())
	}
	return fmt.Sprintf("steps %s, %s to %s each, a look every %s; %s%s",
		strings.Trim(fmt.Sprint(r.Weights), "[]"), r.Min, r.Max, r.Look, strings.Join(gates, " · "), r.Warms()+r.Missing())
}

// Warms tells of the warm-up; empty without one.
func (r Headgate) Warms() string {
	if r.Warmup == 0 {
		return ""
	}
	return fmt.Sprintf("; the candidate's first %s with traffic are its warm-up", r.Warmup)
}

// Panel is that of the gates and of the warm-up's limit, with nothing seen yet.
func (r Headgate) Panel() *gate.Panel {
	p := gate.NewPanel(r.Gates...)
	if r.Warmup > 0 {
		_ = p.WarmUp(r.WarmupErrors) // Check has seen that it is a share
	}
	return p
}

// Missing tells of the gates that are not asked; empty where all are.
func (r Headgate) Missing() string {
	if len(r.LeftOut) == 0 {
		return ""
	}
	return "; left out: " + strings.Join(r.LeftOut, ", ")
}

// Begin starts a rollout.
func (r Headgate) Begin() Course {
	return &headgateCourse{r: r, panel: r.Panel(), parts: Parts(r.Weights, r.Gates...), step: -1}
}

type headgateCourse struct {
	r     Headgate
	panel *gate.Panel
	parts []float64
	step  int
	now   time.Duration
	since time.Duration // the step began
}

// Watch shows stable's traffic before the candidate's first request to the gates.
func (c *headgateCourse) Watch(before evidence.Evidence) { c.panel.Look(before) }

// Act is one look.
func (c *headgateCourse) Act(h *History) State {
	if c.step < 0 {
		return c.enter(0, "the first step begins")
	}
	c.now += c.r.Look
	look := c.panel.Look
	if c.now-c.r.Look < c.r.Warmup {
		look = c.panel.Warming
	}
	verdicts := look(h.Since(c.now - c.r.Look))
	spent := c.now - c.since
	outcome := gate.All(verdicts)
	why := reason(verdicts, outcome)
	switch {
	case outcome == gate.Fail:
		return State{Outcome: RolledBack, Reason: why}
	case outcome == gate.Pass && spent >= c.r.Min:
		return c.advance(why)
	case spent < c.r.Max:
		return State{Outcome: Undecided, Reason: why, Weight: c.r.Weights[c.step], Next: c.now + c.r.Look}
	case c.r.AtMax == Promoted:
		return c.advance(why)
	}
	why = fmt.Sprintf("undecided at %d%% within %s: %s", c.r.Weights[c.step], c.r.Max, why)
	return State{Outcome: c.r.AtMax, Reason: why}
}

func (c *headgateCourse) advance(why string) State {
	if c.step+1 == len(c.r.Weights) {
		return State{Outcome: Promoted, Reason: why, Weight: 100}
	}
	return c.enter(c.step+1, why)
}

func (c *headgateCourse) enter(step int, why string) State {
	c.step, c.since = step, c.now
	c.panel.NextStep(c.parts[step])
	return State{Outcome: Undecided, Reason: why, Weight: c.r.Weights[step], Next: c.now + c.r.Look}
}

// Parts are the parts of a proof of these gates that steps of these weights, in
// percent, want.
func Parts(weights []int, gates ...gate.Gate) []float64 {
	shares := make([]float64, len(weights))
	for i, w := range weights {
		shares[i] = float64(w) / 100
	}
	return gate.Parts(shares, gates...)
}

// reason is the sentence of the verdict that explains an outcome.
func reason(verdicts []gate.Verdict, outcome gate.Outcome) string {
	for _, v := range verdicts {
		if v.Outcome == outcome {
			return v.Gate + ": " + v.Reason
		}
	}
	return "no gates"
}
