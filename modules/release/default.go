package release

import (
	"fmt"
	"time"
)

// What a Release has where nothing is written.
const (
	defaultErrors      Percent = .01
	defaultAlpha       Percent = .01
	defaultBeta        Percent = .05
	defaultEffect      Percent = .005
	defaultMinRequests         = 100
	defaultLooks               = 3
	defaultBudget              = 50
	defaultEvery               = 15 * time.Second
	defaultFixedEvery          = 5 * time.Second
	defaultSubset              = "canary"
	baselineSubset             = "baseline"
)

var defaultWeights = []int{1, 5, 25, 50, 100}

// defaults fills what is not written. A zero that is written stays, to be
// refused.
type defaults struct{ written func(path string) bool }

func fill[T comparable](d defaults, path string, field *T, value T) {
	var zero T
	if *field == zero && !d.written(path) {
		*field = value
	}
}

func (d defaults) wait(path string, field *Duration, value time.Duration) {
	fill(d, path, field, Duration{value})
}

func (d defaults) release(r *Release) {
	s := &r.Spec
	fill(d, "spec.target.kind", &s.Target.Kind, "Deployment")
	fill(d, "spec.target.name", &s.Target.Name, r.Metadata.Name)
	fill(d, "spec.candidate.subset", &s.Candidate.Subset, defaultSubset)
	for i := range s.Routes {
		fill(d, indexed("spec.routes", i)+".kind", &s.Routes[i].Kind, "VirtualService")
	}
	d.canary(&s.Strategy)
	d.decision(&s.Decision)
	d.gates(s)
	d.metrics(&s.Metrics)
	t := &s.Timeouts
	d.wait("spec.timeouts.ready", &t.Ready, 5*time.Minute)
	d.wait("spec.timeouts.route", &t.Route, time.Minute)
	d.wait("spec.timeouts.drain", &t.Drain, 30*time.Second)
	d.wait("spec.timeouts.total", &t.Total, time.Hour)
	d.watchdog(s.Watchdog)
}

func (d defaults) canary(s *Strategy) {
	const path = "spec.strategy.canary"
	if s.Canary == nil {
		s.Canary = &Canary{}
	}
	c := s.Canary
	switch {
	case c.Steps != nil || c.Budget != 0:
	case d.written(path + ".steps"): // auto
		fill(d, path+".budget", &c.Budget, defaultBudget)
	default:
		for _, weight := range defaultWeights {
			c.Steps = append(c.Steps, Step{Weight: &weight})
		}
	}
	d.wait(path+".min", &c.Min, 5*time.Second)
	d.wait(path+".max", &c.Max, 10*time.Minute)
	fill(d, path+".onInconclusive", &c.OnInconclusive, Hold)
}

func (d defaults) decision(c *Decision) {
	const path = "spec.decision"
	fill(d, path+".method", &c.Method, Sequential)
	fill(d, path+".alpha", &c.Alpha, defaultAlpha)
	fill(d, path+".beta", &c.Beta, defaultBeta)
	fill(d, path+".effect", &c.Effect, defaultEffect)
	fill(d, path+".split", &c.Split, Average)
}

func (d defaults) gates(s *Spec) {
	if s.Gates == nil && !d.written("spec.gates") {
		limit := defaultErrors
		s.Gates = []Gate{{Errors: &ErrorsGate{Max: &limit}}}
	}
	queries := 0
	for i := range s.Gates {
		g, path := &s.Gates[i], indexed("spec.gates", i)
		fill(d, path+".method", &g.Method, s.Decision.Method)
		switch {
		case g.Errors != nil:
			fill(d, path+".name", &g.Name, "errors")
			d.minRequests(path+".errors", g.Method, &g.Errors.MinRequests)
		case g.Latency != nil:
			fill(d, path+".name", &g.Name, "latency-"+g.Latency.Quantile.Short())
			d.minRequests(path+".latency", g.Method, &g.Latency.MinRequests)
		case g.Query != nil:
			queries++
			fill(d, path+".name", &g.Name, fmt.Sprintf("query-%d", queries))
			d.query(path+".query", g.Method, g.Query)
		}
	}
}

// minRequests: a sequential gate knows by itself how many it needs.
func (d defaults) minRequests(path string, m Method, n *int) {
	if m == Fixed {
		fill(d, path+".minRequests", n, defaultMinRequests)
	}
}

func (d defaults) query(path string, m Method, q *QueryGate) {
	switch m {
	case Fixed:
		fill(d, path+".looks", &q.Looks, defaultLooks)
		d.wait(path+".every", &q.Every, defaultFixedEvery)
	case Sequential:
		d.wait(path+".every", &q.Every, defaultEvery)
	}
}

func (d defaults) metrics(m *Metrics) {
	fill(d, "spec.metrics.source", &m.Source, SourceAuto)
	if p := m.Prometheus; p != nil {
		fill(d, "spec.metrics.prometheus.reporter", &p.Reporter, ReporterSource)
		d.wait("spec.metrics.prometheus.timeout", &p.Timeout, 10*time.Second)
	}
}
