package session

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/release"
)

// gatesOf builds the Release's gates.
func gatesOf(rel *release.Release) ([]gate.Gate, error) {
	var out []gate.Gate
	for _, g := range rel.Spec.Gates {
		built, err := gateOf(g)
		if err != nil {
			return nil, fmt.Errorf("release %s: %w", rel.Metadata.Name, err)
		}
		out = append(out, built)
	}
	return out, nil
}

func gateOf(g release.Gate) (gate.Gate, error) {
	switch {
	case g.Errors != nil:
		return gate.Errors(gate.ErrorsOptions{Name: g.Name, Max: fraction(g.Errors.Max), Regression: g.Errors.Regression, MinRequests: uint64(max(0, g.Errors.MinRequests))})
	case g.Latency != nil:
		var most *time.Duration
		if g.Latency.Max != nil {
			most = &g.Latency.Max.Duration
		}
		return gate.Latency(gate.LatencyOptions{Name: g.Name, Quantile: g.Latency.Quantile.Fraction(), Max: most, Regression: g.Latency.Regression, MinRequests: uint64(max(0, g.Latency.MinRequests))})
	case g.Query != nil:
		return gate.Query(gate.QueryOptions{Name: g.Name, PromQL: g.Query.PromQL, Min: g.Query.Min, Max: g.Query.Max})
	default:
		return nil, fmt.Errorf("gate %q asks nothing: give errors, latency or query", g.Name)
	}
}

func fraction(p *release.Percent) *float64 {
	if p == nil {
		return nil
	}
	f := p.Fraction()
	return &f
}
