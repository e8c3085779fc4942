package release_test

import "testing"

func TestMistakesInNames(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a name that Kubernetes refuses": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: Sample}\n",
			`3:18: metadata.name: "Sample" is not a name that Kubernetes takes: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character`,
		},
		"no name": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {namespace: demo}\n",
			"3:11: metadata.name: missing; it is the name of the Deployment, such as sample",
		},
		"an empty namespace": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample, namespace: \"\"}\n",
			"3:37: metadata.namespace: empty; write a name, or leave the field out",
		},
		"labels that cannot be put on objects": {
			"apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample, labels: {\"a b\": c, headgate.dev/role: x, team: \"a b\"}}\n",
			`3:42: metadata.labels.a b: "a b" is not a key: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character` + "\n" +
				"3:64: metadata.labels.headgate.dev/role: keys that begin with headgate.dev/ are Headgate's own; take another prefix" + "\n" +
				`3:73: metadata.labels.team: "a b" is not a label's value: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
		},
		"a target of another kind": {
			head + "spec: {target: {kind: deployment}}\n",
			`4:23: spec.target.kind: "deployment" is not known; want Deployment`,
		},
		"a target that is not supported": {
			head + "spec: {target: {kind: Rollout, name: Sample}}\n",
			`4:23: spec.target.kind: "Rollout" is not known; want Deployment` + "\n" +
				`4:38: spec.target.name: "Sample" is not a name that Kubernetes takes: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
		},
		"a service by its host": {
			head + "spec: {service: sample.demo.svc}\n",
			`4:17: spec.service: "sample.demo.svc" is not a name that Kubernetes takes: must not contain dots`,
		},
		"a route without a name": {
			head + "spec: {routes: [{namespace: demo}]}\n",
			"4:17: spec.routes[0].name: missing; it is the name of the VirtualService",
		},
		"a route twice": {
			head + "spec: {routes: [{name: a, http: [x]}, {name: a, http: [y, \"\"]}]}\n",
			"4:39: spec.routes[1]: the same object as spec.routes[0]; write its http routes in one list" + "\n" +
				"4:59: spec.routes[1].http[1]: empty; want the name of an http route",
		},
	})
}

func TestMistakesInTheCandidate(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"one image and several": {
			head + "spec:\n  candidate:\n    image: a:1\n    images: {app: b:1}\n",
			"7:13: spec.candidate.images: image and images exclude each other; write all of them in images, by container",
		},
		"a variable that nobody filled in": {
			head + "spec: {candidate: {image: \"headgate/sample:${TAG}\"}}\n",
			`4:27: spec.candidate.image: "headgate/sample:${TAG}" is not an image; want one such as headgate/sample:1.1.0`,
		},
		"an image with a scheme": {
			head + "spec: {candidate: {image: \"https://registry.example.com/sample:1\"}}\n",
			`4:27: spec.candidate.image: "https://registry.example.com/sample:1" is not an image; want one such as headgate/sample:1.1.0`,
		},
		"no replicas": {
			head + "spec: {candidate: {replicas: 0}}\n",
			"4:30: spec.candidate.replicas: 0; want 1 or more, or leave it out to let the candidate grow with its weight",
		},
		"an empty manifest and an empty subset": {
			head + "spec: {candidate: {manifests: [\"\"], subset: \"\"}}\n",
			"4:32: spec.candidate.manifests[0]: empty; want the path of a file or folder" + "\n" +
				"4:45: spec.candidate.subset: empty; write a name, or leave the field out",
		},
	})
}
