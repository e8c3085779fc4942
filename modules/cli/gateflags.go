package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
)

// GateFlags say what is asked of what serves now: a Release's gates, or those
// of the flags.
type GateFlags struct {
	File       releaseFile      `short:"f" placeholder:"FILE" help:"Release file whose gates are asked, - for standard input; headgate.yaml by default."`
	MaxErrors  *release.Percent `placeholder:"SHARE" help:"At most this share of the requests may fail, such as 1%. Gates given by flags take the place of the file's."`
	Regression *float64         `name:"max-regression" placeholder:"FACTOR" help:"At most so many times stable's share of the requests may fail, such as 1.5; for two versions."`
	ErrorCodes string           `name:"error-codes" placeholder:"REGEXP" help:"HTTP codes that are failures, such as '0|5..|404'; 0|5.. by default. For --max-errors and --max-regression."`
	GRPCCodes  string           `name:"error-grpc" placeholder:"REGEXP" help:"The same for gRPC statuses; 2|4|12|13|14|15 by default."`
	MaxLatency []latencyLimit   `sep:"none" placeholder:"QUANTILE=TIME" help:"The quantile may take at most this, such as p99=300ms; may be repeated."`
	Query      []queryLimit     `sep:"none" placeholder:"BOUND:PROMQL" help:"The answer must keep the bound, such as 'max=5:sum(queue_length)' or 'min=1:up'; may be repeated."`
	Prometheus string           `placeholder:"URL" help:"Address of Prometheus, where the release file names none."`
	Method     release.Method   `enum:",sequential,fixed" default:"" help:"How the gates decide: sequential (as soon as the evidence suffices, with promises) or fixed (by the limits alone)."`
	AtLeast    int              `name:"min-requests" placeholder:"N" help:"How many requests a gate wants to see before it can pass."`
	Interval   time.Duration    `default:"2s" placeholder:"TIME" help:"Time between two looks at the metrics."`
}

// latencyLimit is a value of --max-latency.
type latencyLimit struct{ release.LatencyGate }

// UnmarshalText takes p99=300ms.
func (l *latencyLimit) UnmarshalText(text []byte) error {
	quantile, most, ok := strings.Cut(string(text), "=")
	d, err := time.ParseDuration(most)
	if !ok || err != nil || d <= 0 {
		return fmt.Errorf("want a quantile and a time such as p99=300ms, not %q", text)
	}
	l.Max = &release.Duration{Duration: d}
	return l.Quantile.UnmarshalText([]byte(quantile))
}

// queryLimit is a value of --query.
type queryLimit struct{ release.QueryGate }

// UnmarshalText takes max=5:EXPRESSION or min=1:EXPRESSION.
func (q *queryLimit) UnmarshalText(text []byte) error {
	bound, expr, ok := strings.Cut(string(text), ":")
	which, number, sep := strings.Cut(bound, "=")
	v, err := strconv.ParseFloat(number, 64)
	switch {
	case !ok || !sep || err != nil || strings.TrimSpace(expr) == "":
		return fmt.Errorf("want a bound and a query such as max=5:sum(queue_length), not %q", text)
	case which == "max":
		q.Max = &v
	case which == "min":
		q.Min = &v
	default:
		return fmt.Errorf("the bound is max or min, not %q", which)
	}
	q.PromQL = expr
	return nil
}

// scope is what gates are asked of.
type scope struct {
	// work: of what a command does, whose requests are few and all there are.
	work bool
}

// into gives gates what they need to judge few requests: no request may fail
// where nothing says how many may, and a gate judges from the first one on. Only
// quantiles need more: the slowest of three requests is no p99.
func (s scope) into(rel *release.Release, ofFile bool) {
	if !s.work {
		return
	}
	spec := &rel.Spec
	asked := slices.ContainsFunc(spec.Gates, func(g release.Gate) bool { return g.Errors != nil })
	if !asked && (!ofFile || len(spec.Gates) == 0) {
		spec.Gates = append(spec.Gates, release.Gate{Errors: &release.ErrorsGate{Max: new(release.Percent)}})
	}
	for i := range spec.Gates {
		g := &spec.Gates[i]
		if g.Errors != nil {
			g.Errors.MinRequests = 1
		}
		if g.Latency != nil {
			g.Latency.MinRequests = toldBy(g.Latency.Quantile)
		}
	}
}

// toldBy is how many requests a quantile needs, so that one of them lies above
// it.
func toldBy(q release.Quantile) int { return int(math.Ceil(1/(1-q.Fraction()) - 1e-9)) }

// open connects and reads the Release with the flags' gates in it.
func (f GateFlags) open(g *Globals, env *Env, name string, usual scope) (*cluster.Cluster, *release.Release, error) {
	if f.Interval <= 0 || f.AtLeast < 0 {
		return nil, nil, usageError("--interval and --min-requests are above zero")
	}
	if (f.ErrorCodes != "" || f.GRPCCodes != "") && f.MaxErrors == nil && f.Regression == nil {
		return nil, nil, usageError("--error-codes and --error-grpc go with --max-errors or --max-regression")
	}
	src := &Source{Name: targetName(name), File: f.File}
	cl, cerr := g.connect()
	rel, err := src.read(env)
	if err != nil {
		return nil, nil, err
	}
	f.into(rel, usual)
	over := release.Overrides{Namespace: g.Namespace, Serving: true}
	if cl != nil {
		over.DefaultNamespace = cl.Namespace
	}
	if err := rel.Complete(over); err != nil {
		return nil, nil, &exitError{code: ExitUsage, err: err}
	}
	if cerr != nil {
		return nil, nil, cerr
	}
	cl.Namespace = rel.Metadata.Namespace
	return cl, rel, nil
}

func (f GateFlags) into(rel *release.Release, usual scope) {
	spec := &rel.Spec
	if f.Prometheus != "" {
		spec.Metrics.Prometheus = &release.Prometheus{URL: f.Prometheus}
	}
	gates := f.gates()
	if len(gates) > 0 {
		spec.Gates = gates
	}
	if f.Method != "" {
		spec.Decision.Method = f.Method
	}
	usual.into(rel, len(gates) == 0)
	for i := range spec.Gates {
		g := &spec.Gates[i]
		if f.Method != "" {
			g.Method = f.Method
		}
		if f.AtLeast > 0 && g.Errors != nil {
			g.Errors.MinRequests = f.AtLeast
		}
		if f.AtLeast > 0 && g.Latency != nil {
			g.Latency.MinRequests = f.AtLeast
		}
	}
}

func (f GateFlags) gates() []release.Gate {
	var out []release.Gate
	if f.MaxErrors != nil || f.Regression != nil {
		out = append(out, release.Gate{Errors: &release.ErrorsGate{Max: f.MaxErrors, Regression: f.Regression, Codes: f.ErrorCodes, GRPC: f.GRPCCodes}})
	}
	for i := range f.MaxLatency {
		out = append(out, release.Gate{Latency: &f.MaxLatency[i].LatencyGate})
	}
	for i := range f.Query {
		out = append(out, release.Gate{Query: &f.Query[i].QueryGate})
	}
	return out
}
