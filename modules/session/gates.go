package session

import (
	"cmp"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/release"
)

// gatesOf builds the Release's gates, each with its part of the promise.
func gatesOf(rel *release.Release) ([]gate.Gate, error) {
	sharing := 0
	for _, g := range rel.Spec.Gates {
		if shares(g, rel.Spec.Decision) {
			sharing++
		}
	}
	peer := gate.PeerStable
	if rel.Spec.Strategy.Beside() {
		peer = gate.PeerBaseline
	}
	var out []gate.Gate
	for _, g := range rel.Spec.Gates {
		built, err := gateOf(g, peer, promiseOf(g, rel.Spec.Decision, sharing))
		if err != nil {
			return nil, fmt.Errorf("release %s: %w", rel.Metadata.Name, err)
		}
		out = append(out, built)
	}
	return out, nil
}

// shares says that a gate has no alpha of its own.
func shares(g release.Gate, d release.Decision) bool {
	return g.Alpha == nil && cmp.Or(g.Method, d.Method) != release.Fixed
}

// promiseOf is the decision with what the gate says otherwise; sharing is how
// many gates share the decision's alpha.
func promiseOf(g release.Gate, d release.Decision, sharing int) gate.Promise {
	p := gate.Promise{
		Method: gate.Method(cmp.Or(g.Method, d.Method)), Alpha: d.Alpha.Fraction(), Beta: d.Beta.Fraction(),
		Effect: d.Effect.Fraction(), Cluster: first(g.Cluster, d.Cluster),
	}
	p.Beta = first((*float64)(g.Beta), &p.Beta)
	p.Effect = first((*float64)(g.Effect), &p.Effect)
	if g.Alpha != nil {
		p.Alpha = g.Alpha.Fraction()
	} else if sharing > 1 && p.Alpha > 0 {
		p = p.Share(p.Alpha, sharing, d.Split != release.Bonferroni)
	}
	return p
}

// first is the first value that is set; zero where none is.
func first(values ...*float64) float64 {
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return 0
}

func gateOf(g release.Gate, peer gate.Peer, p gate.Promise) (gate.Gate, error) {
	switch {
	case g.Errors != nil:
		return gate.Errors(gate.ErrorsOptions{Name: g.Name, Max: fraction(g.Errors.Max), Regression: g.Errors.Regression, Against: peer, MinRequests: uint64(max(0, g.Errors.MinRequests)), Failing: failing(g.Errors), Promise: p})
	case g.Latency != nil:
		var most *time.Duration
		if g.Latency.Max != nil {
			most = &g.Latency.Max.Duration
		}
		return gate.Latency(gate.LatencyOptions{Name: g.Name, Quantile: g.Latency.Quantile.Fraction(), Max: most, Regression: g.Latency.Regression, Against: peer, MinRequests: uint64(max(0, g.Latency.MinRequests)), Promise: p})
	case g.Query != nil:
		return gate.Query(gate.QueryOptions{Name: g.Name, PromQL: g.Query.PromQL, Min: g.Query.Min, Max: g.Query.Max, Looks: g.Query.Looks, Every: g.Query.Every.Duration, Lookback: g.Query.Lookback.Duration, Promise: p})
	default:
		return nil, fmt.Errorf("gate %q asks nothing: give errors, latency or query", g.Name)
	}
}

func failing(g *release.ErrorsGate) gate.Failing {
	return gate.Failing{Codes: g.Codes, GRPC: g.GRPC, HangUps: gate.HangUps(g.HangUps)}
}

// failures are the codes that reports count as errors: those of the first gate
// that is about errors, the defaults where there is none.
func failures(gates []release.Gate) (codes, grpc string) {
	for _, g := range gates {
		if g.Errors != nil {
			return g.Errors.Codes, g.Errors.GRPC
		}
	}
	return "", ""
}

func fraction(p *release.Percent) *float64 {
	if p == nil {
		return nil
	}
	f := p.Fraction()
	return &f
}
