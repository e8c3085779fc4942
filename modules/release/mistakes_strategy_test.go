package release_test

import "testing"

func TestMistakesInTheStrategy(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"no steps": {
			head + "spec: {strategy: {canary: {steps: []}}}\n",
			"4:35: spec.strategy.canary.steps: no weight at which the candidate gets traffic; write some, such as [1, 5, 25, 50, 100]",
		},
		"a limit of a warm-up that is none": {
			head + "spec: {strategy: {canary: {warmupErrors: 10%}}}\n",
			"4:42: spec.strategy.canary.warmupErrors: there is no warm-up that it could be a limit of; give warmup, such as 30s",
		},
		"a warm-up that leaves no time": {
			head + "spec: {strategy: {canary: {warmup: 10m}}}\n",
			"4:36: spec.strategy.canary.warmup: 10m is as long as max, 10m: the gates would have no time to decide",
		},
		"a weight twice": {
			head + "spec: {strategy: {canary: {steps: [5, 25, 25]}}}\n",
			"4:43: spec.strategy.canary.steps[2]: weight 25 again; weights grow from step to step",
		},
		"a weight that falls": {
			head + "spec: {strategy: {canary: {steps: [5, {weight: 50}, 25]}}}\n",
			"4:53: spec.strategy.canary.steps[2]: weight 25 after 50; weights grow from step to step",
		},
		"weights out of bounds": {
			head + "spec: {strategy: {canary: {steps: [0, 5, 101]}}}\n",
			"4:36: spec.strategy.canary.steps[0]: weight 0; want 1 to 100, the candidate's share in percent" + "\n" +
				"4:42: spec.strategy.canary.steps[2]: weight 101; want 1 to 100, the candidate's share in percent",
		},
		"a baseline that nothing compares with": {
			head + "spec: {strategy: {canary: {baseline: true}}}\n",
			"4:38: spec.strategy.canary.baseline: no gate compares with it; add one such as {errors: {regression: 1.5}}",
		},
		"a baseline without traffic": {
			head + "spec: {strategy: {canary: {baseline: true, steps: [100]}}, gates: [{errors: {regression: 2}}]}\n",
			"4:38: spec.strategy.canary.baseline: a baseline gets traffic at weights below 100, and there is none; add some, such as 5, 25, 50",
		},
		"a candidate's subset with the baseline's name": {
			head + "spec: {candidate: {subset: baseline}, strategy: {canary: {baseline: true}}, gates: [{errors: {regression: 2}}]}\n",
			"4:28: spec.candidate.subset: baseline is the baseline's subset; name another one",
		},
		"pauses without a weight": {
			head + "spec: {strategy: {canary: {steps: [{pause: {for: 1m}}]}}}\n",
			"4:35: spec.strategy.canary.steps: no weight at which the candidate gets traffic; write some, such as [1, 5, 25, 50, 100]",
		},
		"a step with nothing to do": {
			head + "spec: {strategy: {canary: {steps: [5, {}]}}}\n",
			"4:39: spec.strategy.canary.steps[1]: neither a weight nor a pause; write a weight such as 25, or {pause: {approval: true}}",
		},
		"a pause with bounds": {
			head + "spec: {strategy: {canary: {steps: [5, {max: 1m, pause: {approval: true}}]}}}\n",
			"4:39: spec.strategy.canary.steps[1]: min and max bound a weight's gates, and here is none; a pause has pause.for",
		},
		"a pause for nothing": {
			head + "spec: {strategy: {canary: {steps: [5, {pause: {}}]}}}\n",
			"4:47: spec.strategy.canary.steps[1].pause: for how long? write {for: 10m}, or {approval: true} to wait for a person",
		},
		"a pause for both": {
			head + "spec: {strategy: {canary: {steps: [5, {pause: {for: 1m, approval: true}}]}}}\n",
			"4:47: spec.strategy.canary.steps[1].pause: for and approval exclude each other; to have both, write two pauses",
		},
		"a pause back in time": {
			head + "spec: {strategy: {canary: {steps: [5, {pause: {for: -1m}}]}}}\n",
			"4:53: spec.strategy.canary.steps[1].pause.for: -1m; want a time above zero, such as 30s",
		},
		"min above max": {
			head + "spec: {strategy: {canary: {min: 11m}}}\n",
			"4:33: spec.strategy.canary.min: min, 11m, is longer than max, 10m",
		},
		"max below the default min": {
			head + "spec: {strategy: {canary: {max: 4s}}}\n",
			"4:33: spec.strategy.canary.max: min, 5s, is longer than max, 4s",
		},
		"a step's max below the canary's min": {
			head + "spec: {strategy: {canary: {min: 2m, steps: [{weight: 5, max: 1m}]}}}\n",
			"4:62: spec.strategy.canary.steps[0].max: min, 2m, is longer than max, 1m",
		},
		"an interval that is too long": {
			head + "spec: {strategy: {canary: {interval: 1h}}}\n",
			"4:38: spec.strategy.canary.interval: 1h is longer than max, 10m: there would be no look at the metrics",
		},
		"a zero that is written is no default": {
			head + "spec: {strategy: {canary: {interval: 0s}}}\n",
			"4:38: spec.strategy.canary.interval: 0s; want a time above zero, such as 30s",
		},
		"a policy in the wrong case": {
			head + "spec: {strategy: {canary: {onInconclusive: rollback}}}\n",
			`4:44: spec.strategy.canary.onInconclusive: "rollback" is not known; want hold, rollBack or continue; did you mean "rollBack"?`,
		},
		"a policy like none": {
			head + "spec: {strategy: {canary: {onInconclusive: retry}}}\n",
			`4:44: spec.strategy.canary.onInconclusive: "retry" is not known; want hold, rollBack or continue`,
		},
	})
}

func TestMistakesInTimeouts(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"no time": {
			head + "spec: {timeouts: {ready: 0s, drain: -1s}}\n",
			"4:26: spec.timeouts.ready: 0s; want a time above zero, such as 30s" + "\n" +
				"4:37: spec.timeouts.drain: -1s; want a time above zero, such as 30s",
		},
		"less time than the steps take": {
			head + "spec: {strategy: {canary: {steps: [5, {pause: {for: 2h}}, {weight: 50, min: 2m}]}}}\n",
			"4:7: spec.timeouts.total: 1h is shorter than the steps, which take 2h2m5s at least",
		},
	})
}

func TestMistakesInTheWatchdog(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"quicker than a driver gives signs of life": {
			head + "spec: {watchdog: {after: 5s}}\n",
			"4:26: spec.watchdog.after: 5s; want 15s or more, which is how long a driver may be silent",
		},
		"a time alone": {
			head + "spec: {watchdog: 30s}\n",
			`4:18: spec.watchdog: want fields such as {after: 30s}, not "30s"`,
		},
		"an address for an image": {
			head + "spec: {watchdog: {image: \"https://example.com/headgate\"}}\n",
			`4:26: spec.watchdog.image: "https://example.com/headgate" is not an image; want one such as headgate/sample:1.1.0`,
		},
		"an account in capitals": {
			head + "spec: {watchdog: {serviceAccount: Robot}}\n",
			`4:35: spec.watchdog.serviceAccount: "Robot" is not a name that Kubernetes takes: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
		},
	})
}
