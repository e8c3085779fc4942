package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// autoSeed makes the same traffic give the same steps.
const autoSeed = 1

// pickSteps picks the weights where the Release leaves them to the traffic.
func (s *Session) pickSteps(ctx context.Context) error {
	canary := s.release.Spec.Strategy.Canary
	if !canary.Auto() || len(s.steps) > 0 {
		return nil
	}
	today, from, err := s.today(ctx)
	if err != nil {
		return fmt.Errorf("steps: auto needs to know today's traffic; write weights instead, such as [1, 5, 25, 50, 100]: %w", err)
	}
	if today.PerSecond <= 0 {
		return fmt.Errorf("steps: auto needs to know today's traffic, and there is none (%s); write weights instead, such as [1, 5, 25, 50, 100]", from)
	}
	list := forecast.Auto(today, float64(canary.Budget), s.settings.Interval, autoSeed, aboutErrors(s.release, s.gates)...)
	var steps []rollout.CanaryStep
	for _, w := range list.Weights {
		steps = append(steps, rollout.CanaryStep{Weight: w})
	}
	s.steps = listOf(canary, steps, s.gates)
	s.auto = fmt.Sprintf("%s: a version that fails %.2g%% is expected to cost %.0f failed requests, the most of all bad ones; the budget is %d (%.3g requests a second, %s)",
		inPercent(list.Weights), 100*list.Rate, list.Bad, canary.Budget, today.PerSecond, from)
	if !list.Within {
		s.warnings = append(s.warnings, "no list of weights keeps the budget; the most cautious is taken: "+s.auto)
	}
	return nil
}

// aboutErrors are the gates that count failed requests.
func aboutErrors(rel *release.Release, gates []gate.Gate) (out []gate.Gate) {
	for i, g := range rel.Spec.Gates {
		if g.Errors != nil {
			out = append(out, gates[i])
		}
	}
	return out
}

func inPercent(weights []int) string {
	out := make([]string, len(weights))
	for i, w := range weights {
		out[i] = fmt.Sprintf("%d%%", w)
	}
	return strings.Join(out, ", ")
}
