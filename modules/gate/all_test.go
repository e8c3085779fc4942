package gate_test

import (
	"testing"

	"github.com/headgate-ci/headgate/modules/gate"
)

func TestAll(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		in   []gate.Outcome
		want gate.Outcome
	}{
		"no gates: nothing to wait for":                 {nil, gate.Pass},
		"every gate has passed":                         {[]gate.Outcome{gate.Pass, gate.Pass}, gate.Pass},
		"one is still undecided":                        {[]gate.Outcome{gate.Pass, gate.Inconclusive}, gate.Inconclusive},
		"one fails, whatever the others still wait for": {[]gate.Outcome{gate.Inconclusive, gate.Fail, gate.Pass}, gate.Fail},
		"an outcome nobody knows is not a pass":         {[]gate.Outcome{"?"}, gate.Inconclusive},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			var verdicts []gate.Verdict
			for _, o := range c.in {
				verdicts = append(verdicts, gate.Verdict{Outcome: o})
			}
			if got := gate.All(verdicts); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
