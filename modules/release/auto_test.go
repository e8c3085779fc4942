package release_test

import (
	"encoding/json"
	"testing"

	"github.com/headgate-ci/headgate/modules/release"
)

func TestStepsThatAreAuto(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		spec   string
		auto   bool
		budget int
	}{
		"the word has a budget by default": {"spec: {strategy: {canary: {steps: auto}}}", true, 50},
		"the word and a budget":            {"spec: {strategy: {canary: {steps: auto, budget: 20}}}", true, 20},
		"a budget alone":                   {"spec: {strategy: {canary: {budget: 20}}}", true, 20},
		"weights":                          {"spec: {strategy: {canary: {steps: [5, 50]}}}", false, 0},
		"neither":                          {"spec: {}", false, 0},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			canary := decode(t, head+c.spec+"\n").Spec.Strategy.Canary
			data, err := json.Marshal(canary)
			if err != nil {
				t.Fatal(err)
			}
			kept := &release.Canary{}
			if err := json.Unmarshal(data, kept); err != nil {
				t.Fatal(err)
			}
			for where, got := range map[string]*release.Canary{"read": canary, "from the journal": kept} {
				if got.Auto() != c.auto || got.Budget != c.budget {
					t.Errorf("%s: auto %v, budget %d", where, got.Auto(), got.Budget)
				}
			}
		})
	}
}

func TestABudgetFromTheCommandLine(t *testing.T) {
	t.Parallel()
	r := decode(t, head+"spec: {candidate: {image: a:1}, strategy: {canary: {steps: [5, 50]}}}\n")
	if err := r.Complete(release.Overrides{Budget: 30}); err != nil {
		t.Fatal(err)
	}
	if c := r.Spec.Strategy.Canary; !c.Auto() || c.Budget != 30 {
		t.Errorf("the file's steps stand: %+v", c)
	}
}

func TestMistakesInABudget(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a budget beside weights": {
			head + "spec: {strategy: {canary: {steps: [5], budget: 50}}}\n",
			"4:48: spec.strategy.canary.budget: a budget picks the weights; take it away, or write steps: auto",
		},
		"a budget of nothing": {
			head + "spec: {strategy: {canary: {steps: auto, budget: 0}}}\n",
			"4:49: spec.strategy.canary.budget: 0; want how many failed requests a bad version may cost, such as 50",
		},
		"a budget that nobody counts": {
			head + "spec: {strategy: {canary: {steps: auto}}, gates: [{latency: {quantile: p99, max: 1s}}]}\n",
			"4:35: spec.strategy.canary.steps: a budget is of failed requests, and no gate asks about errors; add one such as {errors: {max: 1%}}",
		},
		"another word": {
			head + "spec: {strategy: {canary: {steps: automatic}}}\n",
			`4:35: spec.strategy.canary.steps: want a list of weights such as [1, 5, 25, 50, 100], or auto, not "automatic"`,
		},
	})
}
