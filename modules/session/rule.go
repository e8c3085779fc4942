package session

import (
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics/prometheus"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/rules"
)

// Rule is how the Release decides, to be put before traffic that was recorded or
// invented. What the Release rolls out does not matter and may be missing. Gates
// that such traffic has no answer for would never pass and are left out: free
// queries, and durations where none were counted.
func Rule(rel *release.Release, durations bool) (rules.Headgate, error) {
	if err := completed(rel); err != nil {
		return rules.Headgate{}, err
	}
	leftOut := leaveOut(rel, durations)
	if len(rel.Spec.Gates) == 0 {
		return rules.Headgate{}, fmt.Errorf("release %s: no gate is left to ask: %s", rel.Metadata.Name, strings.Join(leftOut, ", "))
	}
	gates, err := gatesOf(rel)
	if err != nil {
		return rules.Headgate{}, err
	}
	_, settings, err := Steps(rel)
	if err != nil {
		return rules.Headgate{}, err
	}
	out := rules.Headgate{Label: "Headgate", Gates: gates, Look: settings.Interval, Min: settings.Min, Max: settings.Max, Baseline: rel.Spec.Strategy.Beside(), LeftOut: leftOut,
		Warmup: settings.Warmup, WarmupErrors: settings.WarmupErrors}
	for _, s := range rel.Spec.Strategy.Canary.Steps {
		if s.Weight != nil {
			out.Weights = append(out.Weights, *s.Weight)
		}
	}
	if out.Look == 0 {
		out.Look = time.Second
	}
	switch settings.OnInconclusive {
	case rollout.Continue:
		out.AtMax = rules.Promoted
	case rollout.RollBack:
		out.AtMax = rules.RolledBack
	default:
		out.AtMax = rules.Held
	}
	return out, nil
}

func leaveOut(rel *release.Release, durations bool) (left []string) {
	var asked []release.Gate
	for _, g := range rel.Spec.Gates {
		switch {
		case g.Query != nil:
			left = append(left, g.Name+" (a free query has no answers here)")
		case g.Latency != nil && !durations:
			left = append(left, g.Name+" (no durations are counted here)")
		default:
			asked = append(asked, g)
		}
	}
	rel.Spec.Gates = asked
	return left
}

func completed(rel *release.Release) error {
	c := &rel.Spec.Candidate
	if c.Image == "" && len(c.Images) == 0 && len(c.Manifests) == 0 {
		c.Image = "none"
	}
	return rel.Complete(release.Overrides{DefaultNamespace: "default"})
}

// Prometheus is the Release's Prometheus, reached without a cluster.
func Prometheus(rel *release.Release) (prometheus.Options, error) {
	p := rel.Spec.Metrics.Prometheus
	if p == nil {
		return prometheus.Options{}, nil
	}
	if p.Service != "" {
		return prometheus.Options{}, fmt.Errorf("release %s: its Prometheus is a service of the cluster, %s; forward it and give its address with --prometheus", rel.Metadata.Name, p.Service)
	}
	return prometheusOptions(nil, p), nil
}
