package release

import (
	"slices"
	"time"
)

func (f *findings) canary(c *Canary) {
	const path = "spec.strategy.canary"
	f.positive(path+".min", c.Min)
	f.positive(path+".max", c.Max)
	if c.Interval.Duration != 0 || f.written(path+".interval") {
		f.positive(path+".interval", c.Interval)
	}
	if c.Keep.Duration != 0 || f.written(path+".keep") {
		f.positive(path+".keep", c.Keep)
	}
	f.warmup(path, c)
	f.ordered(path, c.Min, c.Max)
	if c.Interval.Duration > c.Max.Duration {
		f.wrong(path+".interval", "%s is longer than max, %s: there would be no look at the metrics", c.Interval, c.Max)
	}
	f.oneOf(path+".onInconclusive", string(c.OnInconclusive), string(Hold), string(RollBack), string(Continue))
	if c.Budget < 0 || c.Budget == 0 && f.written(path+".budget") {
		f.wrong(path+".budget", "%d; want how many failed requests a bad version may cost, such as 50", c.Budget)
	}
	switch {
	case c.Steps == nil: // auto
	case c.Budget > 0:
		f.wrong(path+".budget", "a budget picks the weights; take it away, or write steps: auto")
		fallthrough
	default:
		f.steps(path+".steps", c)
	}
}

func (f *findings) warmup(path string, c *Canary) {
	if c.Warmup.Duration != 0 || f.written(path+".warmup") {
		f.positive(path+".warmup", c.Warmup)
	}
	switch e := c.WarmupErrors; {
	case e == nil:
	case c.Warmup.Duration == 0:
		f.wrong(path+".warmupErrors", "there is no warm-up that it could be a limit of; give warmup, such as 30s")
	case *e <= 0 || *e >= 1:
		f.wrong(path+".warmupErrors", "%s; want a share between 0%% and 100%%, such as 20%%", e)
	}
	if c.Warmup.Duration > 0 && c.Warmup.Duration >= c.Max.Duration {
		f.wrong(path+".warmup", "%s is as long as max, %s: the gates would have no time to decide", c.Warmup, c.Max)
	}
}

// auto judges what a budget counts by.
func (f *findings) auto(s Spec) {
	if !s.Strategy.Canary.Auto() || slices.ContainsFunc(s.Gates, func(g Gate) bool { return g.Errors != nil }) {
		return
	}
	path := "spec.strategy.canary.steps"
	if !f.written(path) {
		path = "spec.strategy.canary.budget"
	}
	f.wrong(path, "a budget is of failed requests, and no gate asks about errors; add one such as {errors: {max: 1%%}}")
}

// baseline judges whether one can be of use.
func (f *findings) baseline(s Spec) {
	const path = "spec.strategy.canary.baseline"
	if !s.Strategy.Beside() {
		return
	}
	if !slices.ContainsFunc(s.Gates, Gate.compares) {
		f.wrong(path, "no gate compares with it; add one such as {errors: {regression: 1.5}}")
	}
	if steps := s.Strategy.Canary.Steps; steps != nil && !slices.ContainsFunc(steps, func(s Step) bool { return s.Weight != nil && *s.Weight < 100 }) {
		f.wrong(path, "a baseline gets traffic at weights below 100, and there is none; add some, such as 5, 25, 50")
	}
	if s.Candidate.Subset == baselineSubset {
		f.wrong("spec.candidate.subset", "%s is the baseline's subset; name another one", baselineSubset)
	}
}

func (f *findings) steps(path string, c *Canary) {
	last := 0
	for i, s := range c.Steps {
		at := indexed(path, i)
		f.step(at, s, c)
		if s.Weight == nil {
			continue
		}
		switch weight := *s.Weight; {
		case weight < 1 || weight > 100:
			f.wrong(at, "weight %d; want 1 to 100, the candidate's share in percent", weight)
		case weight == last:
			f.wrong(at, "weight %d again; weights grow from step to step", weight)
		case weight < last:
			f.wrong(at, "weight %d after %d; weights grow from step to step", weight, last)
		default:
			last = weight
		}
	}
	if last == 0 {
		f.wrong(path, "no weight at which the candidate gets traffic; write some, such as [1, 5, 25, 50, 100]")
	}
}

func (f *findings) step(path string, s Step, c *Canary) {
	lower, upper := c.Min, c.Max
	if s.Min != nil {
		lower = *s.Min
		f.positive(path+".min", lower)
	}
	if s.Max != nil {
		upper = *s.Max
		f.positive(path+".max", upper)
	}
	bounded := s.Min != nil || s.Max != nil
	switch {
	case s.Weight == nil && s.Pause == nil:
		f.wrong(path, "neither a weight nor a pause; write a weight such as 25, or {pause: {approval: true}}")
	case s.Weight == nil && bounded:
		f.wrong(path, "min and max bound a weight's gates, and here is none; a pause has pause.for")
	case bounded:
		f.ordered(path, lower, upper)
	}
	f.pause(path+".pause", s.Pause)
}

func (f *findings) pause(path string, p *Pause) {
	switch {
	case p == nil:
	case p.For == nil && !p.Approval:
		f.wrong(path, "for how long? write {for: 10m}, or {approval: true} to wait for a person")
	case p.For != nil && p.Approval:
		f.wrong(path, "for and approval exclude each other; to have both, write two pauses")
	case p.For != nil:
		f.positive(path+".for", *p.For)
	}
}

func (f *findings) timeouts(s Spec) {
	const path = "spec.timeouts"
	t := s.Timeouts
	f.positive(path+".ready", t.Ready)
	f.positive(path+".route", t.Route)
	f.positive(path+".drain", t.Drain)
	f.positive(path+".total", t.Total)
	if least := leastTime(s.Strategy.Canary); t.Total.Duration > 0 && least > t.Total.Duration {
		f.wrong(path+".total", "%s is shorter than the steps, which take %s at least", t.Total, Duration{least})
	}
}

// leastTime is what the steps take if every gate passes at once.
func leastTime(c *Canary) time.Duration {
	var sum time.Duration
	for _, s := range c.Steps {
		switch {
		case s.Weight == nil:
		case s.Min != nil:
			sum += s.Min.Duration
		default:
			sum += c.Min.Duration
		}
		if s.Pause != nil && s.Pause.For != nil {
			sum += s.Pause.For.Duration
		}
	}
	return sum
}

func (f *findings) positive(path string, d Duration) {
	if d.Duration <= 0 {
		f.wrong(path, "%s; want a time above zero, such as 30s", d)
	}
}

// ordered judges the min and max of what is at the path.
func (f *findings) ordered(path string, lower, upper Duration) {
	if lower.Duration <= upper.Duration || upper.Duration <= 0 {
		return
	}
	at := path + ".min"
	if !f.written(at) {
		at = path + ".max"
	}
	f.wrong(at, "min, %s, is longer than max, %s", lower, upper)
}
