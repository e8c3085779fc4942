package release_test

import "testing"

func TestMistakesInTheDecision(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"words that are not known": {
			head + "spec: {decision: {method: magic, split: evenly}, gates: [{method: fix, errors: {max: 1%}}]}\n",
			`4:27: spec.decision.method: "magic" is not known; want sequential or fixed` + "\n" +
				`4:41: spec.decision.split: "evenly" is not known; want average or bonferroni` + "\n" +
				`4:67: spec.gates[0].method: "fix" is not known; want sequential or fixed; did you mean "fixed"?`,
		},
		"chances that are none": {
			head + "spec: {decision: {alpha: 0%, beta: 60%, effect: 0%, cluster: 0.5}}\n",
			"4:26: spec.decision.alpha: 0%; want a probability above 0% and up to 50%; 1% is usual" + "\n" +
				"4:36: spec.decision.beta: 60%; want a probability above 0% and up to 50%; 5% is usual" + "\n" +
				"4:49: spec.decision.effect: 0%; want a share from 0.0001% to 50%; 0.5% is usual" + "\n" +
				"4:62: spec.decision.cluster: 0.5; want how many errors come at once, from 1 to 1000",
		},
		"a probability without its percent sign": {
			head + "spec: {decision: {alpha: 0.01}}\n",
			"4:26: spec.decision.alpha: want a share with its percent sign, such as 1% or 0.5%, not 0.01",
		},
		"promises of a gate that makes none": {
			head + "spec: {gates: [{method: fixed, alpha: 1%, cluster: 2, errors: {max: 1%}}]}\n",
			"4:39: spec.gates[0].alpha: a fixed gate promises nothing about chance; take alpha away, or write method: sequential" + "\n" +
				"4:52: spec.gates[0].cluster: a fixed gate promises nothing about chance; take cluster away, or write method: sequential",
		},
		"an effect of nothing": {
			head + "spec: {gates: [{effect: 1%, errors: {max: 1%}}]}\n",
			"4:25: spec.gates[0].effect: effect goes with regression, a comparison with stable",
		},
		"clusters of a query's answers": {
			head + "spec: {gates: [{cluster: 2, query: {promql: up, min: 1}}]}\n",
			"4:26: spec.gates[0].cluster: a query counts no errors; take cluster away",
		},
		"a share of errors that cannot be proven": {
			head + "spec: {gates: [{errors: {max: 0%}}]}\n",
			"4:31: spec.gates[0].errors.max: 0%; no number of requests proves a share that low: write 0.0001% or more, or ask the gate with method: fixed",
		},
		"answers counted in a way of the other method": {
			head + "spec: {gates: [{query: {promql: up, min: 1, looks: 3}}, {method: fixed, query: {promql: up, max: 2, every: 0s}}]}\n",
			"4:52: spec.gates[0].query.looks: looks in a row are counted by a fixed gate; take looks away, or write method: fixed beside query" + "\n" +
				"4:108: spec.gates[1].query.every: 0s; want a time above zero, such as 30s",
		},
		"a query that looks back no time": {
			head + "spec: {gates: [{query: {promql: up, min: 1, lookback: 0s}}]}\n",
			"4:55: spec.gates[0].query.lookback: 0s; want a time above zero, such as 30s",
		},
	})
}

// What is left out depends on how the gate decides.
func TestDefaultsFollowTheMethod(t *testing.T) {
	t.Parallel()
	r := decode(t, head+"spec: {gates: [{errors: {max: 1%}}, {method: fixed, errors: {max: 0%}, name: none}, {query: {promql: up, min: 1}}, {method: fixed, query: {promql: up, min: 1}}]}\n")
	g := r.Spec.Gates
	if g[0].Method != "sequential" || g[0].Errors.MinRequests != 0 {
		t.Errorf("a gate is sequential and knows how many requests it needs: %+v", g[0])
	}
	if g[1].Errors.MinRequests != 100 {
		t.Errorf("a fixed gate wants 100 requests: %+v", g[1].Errors)
	}
	if g[2].Query.Every.String() != "15s" || g[2].Query.Looks != 0 || g[3].Query.Looks != 3 || g[3].Query.Every.String() != "5s" {
		t.Errorf("queries: %+v and %+v", g[2].Query, g[3].Query)
	}
}
