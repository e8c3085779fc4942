package release_test

import "testing"

func TestMistakesAsAWhole(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"nothing in the file": {
			"",
			" empty; a Release begins with `apiVersion: headgate.dev/v1` and `kind: Release`",
		},
		"only comments": {
			"# later\n",
			" empty; a Release begins with `apiVersion: headgate.dev/v1` and `kind: Release`",
		},
		"another object": {
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: sample}\nspec: {replicas: 1}\n",
			`1:13: apiVersion: "apps/v1" is not known here; want headgate.dev/v1` + "\n" +
				`2:7: kind: "Deployment" is not a kind of file that is read here; want Release`,
		},
		"a version that is yet to come": {
			"apiVersion: headgate.dev/v2\nkind: Release\nspec: {new: {}}\n",
			`1:13: apiVersion: "headgate.dev/v2" is not known here; want headgate.dev/v1`,
		},
		"neither version nor kind": {
			"metadata: {name: sample}\n",
			"1:1: apiVersion: missing; write apiVersion: headgate.dev/v1" + "\n" +
				"1:1: kind: missing; write kind: Release",
		},
		"a list": {
			"- apiVersion: headgate.dev/v1\n",
			"1:1: want fields such as apiVersion, kind, metadata and spec, not a list; a Release begins with `apiVersion: headgate.dev/v1` and `kind: Release`",
		},
		"two documents": {
			head + "---\n" + head,
			"5:1: 2 documents; a Release is one, and the candidate's objects stand in files of their own, named in spec.candidate.manifests",
		},
		"not YAML": {
			"apiVersion: headgate.dev/v1\nkind: [Release\n",
			"1:1: not YAML: did not find expected ',' or ']'",
		},
		"a tab as indentation": {
			"apiVersion: headgate.dev/v1\nmetadata:\n\tname: sample\n",
			"3:1: a tab indents this line; YAML wants spaces",
		},
		"an alias of nothing": {
			head + "spec: *nowhere\n",
			" not YAML: unknown anchor 'nowhere' referenced",
		},
		"not text": {
			"\xff\xfe\xfd",
			" not YAML: incomplete UTF-16 character",
		},
	})
}

func TestMistakesOfFields(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a misspelt field": {
			head + "spec:\n  strateg: {}\n",
			`5:3: spec.strateg: unknown field; did you mean "strategy"?`,
		},
		"the wrong case": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata:\n  Name: sample\n",
			`4:3: metadata.Name: unknown field; did you mean "name"?`,
		},
		"letters swapped": {
			head + "spec:\n  timeouts: {raedy: 1m}\n",
			`5:14: spec.timeouts.raedy: unknown field; did you mean "ready"?`,
		},
		"a field in the wrong place": {
			head + "spec:\n  steps: [1, 50]\n",
			"5:3: spec.steps: unknown field; it belongs in spec.strategy.canary",
		},
		"a field like none": {
			head + "spec:\n  gates:\n    - saturation: {max: 1}\n",
			"6:7: spec.gates[0].saturation: unknown field; known here: name, errors, latency, query, method, alpha, beta, effect, cluster",
		},
		"a field written twice": {
			head + "spec:\n  service: a\n  service: b\n",
			"6:3: spec.service: written twice; the first is on line 5",
		},
		"a field that is no name": {
			head + "spec:\n  [a]: b\n",
			"5:3: spec: want the name of a field before the colon",
		},
		"a misspelt name is not also missing": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {nam: sample}\n",
			`3:12: metadata.nam: unknown field; did you mean "name"?`,
		},
		"several mistakes, in the order of the file": {
			head + "spec:\n  servce: sample\n  strategy: {canary: {steps: [5, 150]}}\n  gates:\n    - errors: {max: 0.01}\n  timeouts: {ready: 0s}\n",
			`5:3: spec.servce: unknown field; did you mean "service"?` + "\n" +
				"6:34: spec.strategy.canary.steps[1]: weight 150; want 1 to 100, the candidate's share in percent" + "\n" +
				"8:21: spec.gates[0].errors.max: want a share with its percent sign, such as 1% or 0.5%, not 0.01" + "\n" +
				"9:21: spec.timeouts.ready: 0s; want a time above zero, such as 30s",
		},
	})
}
