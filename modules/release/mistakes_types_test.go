package release_test

import "testing"

func TestMistakesOfTypes(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a number as text": {
			head + "spec:\n  candidate: {image: 1.10}\n",
			`5:22: spec.candidate.image: want text; put it in quotes: "1.10"`,
		},
		"text as fields": {
			head + "spec:\n  candidate: headgate/sample:1.1.0\n",
			`5:14: spec.candidate: want fields such as {image: headgate/sample:1.1.0}, not "headgate/sample:1.1.0"`,
		},
		"one gate and no list": {
			head + "spec:\n  gates: {errors: {max: 1%}}\n",
			"5:10: spec.gates: want a list of gates such as [{errors: {max: 1%}}], not fields of its own",
		},
		"one step and no list": {
			head + "spec:\n  strategy: {canary: {steps: 25}}\n",
			"5:30: spec.strategy.canary.steps: want a list of weights such as [1, 5, 25, 50, 100], or auto, not 25",
		},
		"a step in percent": {
			head + "spec:\n  strategy: {canary: {steps: [1, 5, 25%]}}\n",
			`5:37: spec.strategy.canary.steps[2]: want a weight such as 25 or {weight: 25, max: 5m}, not "25%"`,
		},
		"a step that is a list": {
			head + "spec:\n  strategy: {canary: {steps: [[1, 5]]}}\n",
			"5:31: spec.strategy.canary.steps[0]: want a weight such as 25 or {weight: 25, max: 5m}, not a list",
		},
		"a step with nothing in it": {
			head + "spec:\n  strategy:\n    canary:\n      steps:\n        - 5\n        -\n",
			"9:10: spec.strategy.canary.steps[1]: an empty item; want a weight such as 25 or {weight: 25, max: 5m}",
		},
		"half a weight": {
			head + "spec:\n  strategy: {canary: {steps: [0.5]}}\n",
			"5:31: spec.strategy.canary.steps[0]: want a weight such as 25 or {weight: 25, max: 5m}, not 0.5",
		},
		"the strategy's name alone": {
			head + "spec:\n  strategy: canary\n",
			`5:13: spec.strategy: want a strategy such as {canary: {steps: [5, 50, 100]}}, not "canary"`,
		},
		"a share as a bare number": {
			head + "spec:\n  gates: [{errors: {max: 1}}]\n",
			"5:26: spec.gates[0].errors.max: want a share with its percent sign, such as 1% or 0.5%, not 1",
		},
		"a quantile as a bare number": {
			head + "spec:\n  gates: [{latency: {quantile: 0.99, max: 1s}}]\n",
			"5:32: spec.gates[0].latency.quantile: want a quantile such as 99%, 99.9% or p99, not 0.99",
		},
		"a quantile in two spellings at once": {
			head + "spec:\n  gates: [{latency: {quantile: p99%, max: 1s}}]\n",
			`5:32: spec.gates[0].latency.quantile: want a quantile such as 99%, 99.9% or p99, not "p99%"`,
		},
		"a duration without its unit": {
			head + "spec:\n  timeouts: {ready: 300}\n",
			"5:21: spec.timeouts.ready: want a duration such as 30s, 5m or 1h30m, not 300",
		},
		"a limit that is no number": {
			head + "spec:\n  gates: [{query: {promql: up, min: .nan}}]\n",
			"5:37: spec.gates[0].query.min: want a number such as 1.5, not .nan",
		},
		"approval that is neither yes nor no": {
			head + "spec:\n  strategy: {canary: {steps: [5, {pause: {approval: please}}]}}\n",
			`5:53: spec.strategy.canary.steps[1].pause.approval: want true or false, not "please"`,
		},
		"gates with nothing behind it": {
			head + "spec:\n  gates:\n",
			"5:9: spec.gates: empty; write [] for no gates, or leave the field out for the default, errors at most 1%",
		},
		"an image by container that is no text": {
			head + "spec:\n  candidate: {images: {app: [x]}}\n",
			"5:29: spec.candidate.images.app: want text, not a list",
		},
		"a merge of what is no mapping": {
			head + "spec:\n  timeouts: {<<: 5m}\n",
			"5:18: spec.timeouts: `<<` wants a mapping, such as *name of one marked &name",
		},
		"a merge of itself": {
			head + "spec:\n  timeouts: &t {<<: *t, ready: 1m}\n",
			"5:21: spec.timeouts: more than 16 mappings are merged here by `<<`; is one merged into itself?",
		},
		"many merges of itself": {
			head + "spec:\n  timeouts: &t {<<: [*t, *t, *t], ready: 1m}\n",
			"5:21: spec.timeouts: more than 16 mappings are merged here by `<<`; is one merged into itself?",
		},
	})
}
