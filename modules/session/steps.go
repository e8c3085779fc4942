package session

import (
	"errors"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// blind is how long traffic stays moved while no metrics can be read.
const blind = time.Minute

// settle is what proxies that cannot be asked are given to learn of a new
// destination; istiod gathers changes for a tenth of a second, up to ten.
const settle = 5 * time.Second

// outage is how long an unreachable API server is waited for.
const outage = 5 * time.Minute

// How often metrics are looked at where the Release does not say: the proxies'
// own counters are of this moment; Prometheus scrapes every 15 s or so, and a
// look in between finds a new sample soon after it came.
const (
	proxiesInterval    = time.Second
	prometheusInterval = 5 * time.Second
)

// intervalFor is the time between two looks at a source.
func intervalFor(source string) time.Duration {
	if source == "prometheus" {
		return prometheusInterval
	}
	return proxiesInterval
}

// Steps turns the Release's strategy into the engine's list of steps.
func Steps(rel *release.Release) ([]rollout.StepSpec, rollout.Settings, error) {
	canary := rel.Spec.Strategy.Canary
	if canary == nil {
		return nil, rollout.Settings{}, errors.New("the release has no strategy this version knows; give spec.strategy.canary")
	}
	settings := settingsOf(rel)
	if canary.Auto() {
		return nil, settings, errAuto
	}
	gates, err := gatesOf(rel)
	if err != nil {
		return nil, settings, err
	}
	return listOf(canary, canarySteps(canary.Steps), gates), settings, nil
}

// listOf is the engine's list for a canary of these steps past these gates.
func listOf(c *release.Canary, steps []rollout.CanaryStep, gates []gate.Gate) []rollout.StepSpec {
	list := rollout.Keep(rollout.Canary(steps, gates...), c.Keep.Duration)
	if c.Baseline {
		list = rollout.Beside(list)
	}
	return list
}

// errAuto says that the steps are to be picked by the traffic.
var errAuto = errors.New("steps: auto are picked by the traffic; `headgate plan` asks the cluster for it and shows them")

func settingsOf(rel *release.Release) rollout.Settings {
	canary, t := rel.Spec.Strategy.Canary, rel.Spec.Timeouts
	return rollout.Settings{
		Warmup: canary.Warmup.Duration, WarmupErrors: shareOf(canary.WarmupErrors),
		Interval: canary.Interval.Duration, Min: canary.Min.Duration, Max: canary.Max.Duration,
		OnInconclusive: rollout.Policy(canary.OnInconclusive),
		Route:          t.Route.Duration, Drain: t.Drain.Duration, Total: t.Total.Duration,
		Settle: settle, Blind: blind, Outage: outage,
	}
}

// shareOf is a percentage as a share; 0 where none is given.
func shareOf(p *release.Percent) float64 {
	if p == nil {
		return 0
	}
	return p.Fraction()
}

func canarySteps(in []release.Step) []rollout.CanaryStep {
	var out []rollout.CanaryStep
	for _, s := range in {
		if s.Weight != nil {
			out = append(out, rollout.CanaryStep{Weight: *s.Weight, Min: orZero(s.Min), Max: orZero(s.Max)})
		}
		if s.Pause != nil {
			out = append(out, rollout.CanaryStep{Pause: &rollout.Pause{For: orZero(s.Pause.For)}})
		}
	}
	return out
}

func orZero(d *release.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return d.Duration
}
