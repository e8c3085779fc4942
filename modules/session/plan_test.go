package session

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// The plan says at each weight what the baseline gets and what stable keeps.
func TestPlanShowsTheBaseline(t *testing.T) {
	t.Parallel()
	list := rollout.Beside(rollout.Canary([]rollout.CanaryStep{{Weight: 25}, {Weight: 75}}))
	said := map[string]string{}
	for _, s := range PlanSteps(list, rollout.Settings{Route: time.Minute}) {
		said[s.Name] = s.Detail
	}
	for step, want := range map[string]string{
		"candidate":       "create it and the baseline beside stable",
		"weight 25%":      "the baseline gets 25%, stable keeps 50%; until the proxies",
		"weight 75%":      "the baseline gets 25%, stable keeps 0%; until the proxies",
		"weight 100%":     "until the proxies",
		"remove baseline": "no traffic is left to compare with",
	} {
		if !strings.HasPrefix(said[step], want) {
			t.Errorf("%s: %q, want %q", step, said[step], want)
		}
	}
}
