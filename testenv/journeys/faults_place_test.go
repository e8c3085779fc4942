package journeys_test

import (
	"time"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// strategy is a step list whose every step meets every fault.
type strategy struct {
	name  string
	steps []rollout.StepSpec
	// canary is what the Release says besides, in its strategy.canary.
	canary string
	// gates are further items of its spec.gates.
	gates string
	// own picks the steps that another strategy does not have; nil is all.
	own func(rollout.StepSpec) bool
	// turn names a step with all of them before it; there a driver turns back.
	turn string
	// sampled is the kind of those at which an ordinary run kills the driver too.
	sampled rollout.Kind
}

var strategies = []strategy{
	{name: "canary", steps: canary(), turn: "update stable"},
	{name: "canary, old version kept", steps: rollout.Keep(canary(), 3*time.Second), canary: ", keep: 3s",
		turn: "update stable", own: func(s rollout.StepSpec) bool { return s.Kind == rollout.KindKeep }},
	{name: "canary beside a baseline", steps: rollout.Beside(canary()), canary: ", baseline: true",
		gates: "  - {name: compared, errors: {regression: 10}, effect: 50%}\n", turn: "capacity for 100%", own: besides, sampled: rollout.KindWeight},
}

func canary() []rollout.StepSpec { return rollout.Canary([]rollout.CanaryStep{{Weight: 50}}) }

// besides says that there is a baseline at a step.
func besides(s rollout.StepSpec) bool {
	switch s.Kind {
	case rollout.KindCandidate, rollout.KindRoute, rollout.KindRelieve:
		return true
	case rollout.KindGate:
		return s.Weight < 100
	default:
		return s.Baseline > 0
	}
}

// each calls fn for every step of every strategy.
func each(fn func(where place, s rollout.StepSpec)) {
	for _, which := range strategies {
		for i, s := range which.steps {
			if which.own == nil || which.own(s) {
				fn(place{which, i}, s)
			}
		}
	}
}

// place is where in a strategy a fault strikes.
type place struct {
	strategy
	index int
}

func (p place) step() rollout.StepSpec { return p.steps[p.index] }

// where names the place for the table.
func (p place) where() string {
	if p.index < 0 {
		return "all"
	}
	return p.step().Name()
}
