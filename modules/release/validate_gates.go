package release

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

func (f *findings) gates(s Spec) {
	seen := map[string]int{}
	for i, g := range s.Gates {
		path := indexed("spec.gates", i)
		f.gate(path, g)
		if g.Name == "" && !f.written(path+".name") {
			continue
		}
		// Dots are fine here, as in latency-p99.9.
		f.name(path+".name", strings.ReplaceAll(g.Name, ".", "-"), validation.IsDNS1123Label)
		if first, twice := seen[g.Name]; twice {
			f.wrong(path, "called %s like %s; give one of them a name", g.Name, indexed("spec.gates", first))
			continue
		}
		seen[g.Name] = i
		if g.Query != nil && s.Metrics.Source == SourceEnvoy {
			f.wrong(path+".query", "only Prometheus answers queries, and spec.metrics.source is envoy")
		}
	}
}

func (f *findings) gate(path string, g Gate) {
	var kinds []string
	for kind, set := range map[string]bool{"errors": g.Errors != nil, "latency": g.Latency != nil, "query": g.Query != nil} {
		if set {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) != 1 {
		f.wrong(path, "want exactly one of errors, latency and query; each gate is an item of its own, such as {errors: {max: 1%%}}")
		return
	}
	f.promise(path, g)
	switch {
	case g.Errors != nil:
		f.errorsGate(path+".errors", g.Method, g.Errors)
	case g.Latency != nil:
		f.latencyGate(path+".latency", g.Method, g.Latency)
	default:
		f.queryGate(path+".query", g.Method, g.Query)
	}
}

func (f *findings) errorsGate(path string, m Method, g *ErrorsGate) {
	if g.Max == nil && g.Regression == nil {
		f.wrong(path, "no limit; give max (such as 1%%), regression (times stable's share, such as 1.5), or both")
	}
	if g.Max != nil && *g.Max > 1 {
		f.wrong(path+".max", "%s is more than all requests; want 0%% to 100%%", g.Max)
	}
	if g.Max != nil && *g.Max < leastLimit && m == Sequential {
		f.wrong(path+".max", "%s; no number of requests proves a share that low: write 0.0001%% or more, or ask the gate with method: fixed", g.Max)
	}
	f.regression(path, g.Regression)
	f.minRequests(path, m, g.MinRequests)
	f.codes(path+".codes", g.Codes, "200", "0|5..|404")
	f.codes(path+".grpc", g.GRPC, "0", "2|13|14")
	if g.HangUps != "" || f.written(path+".hangups") {
		f.oneOf(path+".hangups", string(g.HangUps), string(HangUpsCompare), string(HangUpsCount), string(HangUpsIgnore))
	}
}

// codes judges a regular expression of codes, which must leave the good one out.
func (f *findings) codes(path, expr, good, example string) {
	if expr == "" {
		if f.written(path) {
			f.wrong(path, "empty; want the codes that are failures, such as %s", example)
		}
		return
	}
	whole, err := regexp.Compile("^(?:" + expr + ")$")
	switch {
	case err != nil:
		f.wrong(path, "not a regular expression (%v); want one such as %s", err, example)
	case whole.MatchString(good):
		f.wrong(path, "it matches %s, the code of a request that went well; want the codes that are failures, such as %s", good, example)
	}
}

func (f *findings) latencyGate(path string, m Method, g *LatencyGate) {
	if g.Quantile == 0 && !f.written(path+".quantile") {
		f.missing(path+".quantile", "which requests must be fast enough? write 99%% or p99")
	} else if g.Quantile < .001 || g.Quantile > .99999 {
		f.wrong(path+".quantile", "%s; want a quantile from 0.1%% to 99.999%%, such as 99%%", g.Quantile)
	}
	if g.Max == nil && g.Regression == nil {
		f.wrong(path, "no limit; give max (such as 300ms), regression (times stable's quantile, such as 1.2), or both")
	}
	if g.Max != nil {
		f.positive(path+".max", *g.Max)
	}
	f.regression(path, g.Regression)
	f.minRequests(path, m, g.MinRequests)
}

func (f *findings) queryGate(path string, m Method, g *QueryGate) {
	f.looks(path, m, g)
	if g.PromQL == "" && !f.written(path+".promql") {
		f.missing(path+".promql", "write a query that gives one number")
	} else if strings.TrimSpace(g.PromQL) == "" {
		f.wrong(path+".promql", "empty; write a query that gives one number")
	}
	switch {
	case g.Min == nil && g.Max == nil:
		f.wrong(path, "no limit; give min, max or both")
	case g.Min != nil && g.Max != nil && *g.Min > *g.Max:
		f.wrong(path+".min", "min, %v, is above max, %v: no answer could pass", *g.Min, *g.Max)
	}
}

func (f *findings) regression(path string, factor *float64) {
	if factor != nil && (*factor < 1 || *factor > 1000) {
		f.wrong(path+".regression", "%v; want a factor from 1 to 1000: 1.5 allows one and a half times what stable has", *factor)
	}
}

func (f *findings) minRequests(path string, m Method, n int) {
	if n < 0 || n == 0 && (m == Fixed || f.written(path+".minRequests")) {
		f.wrong(path+".minRequests", "%d; want 1 or more", n)
	}
}
