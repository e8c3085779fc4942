package release_test

import "testing"

func TestMistakesInGates(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a gate that asks nothing": {
			head + "spec: {gates: [{name: nothing}]}\n",
			"4:16: spec.gates[0]: want exactly one of errors, latency and query; each gate is an item of its own, such as {errors: {max: 1%}}",
		},
		"two gates in one": {
			head + "spec: {gates: [{errors: {max: 1%}, latency: {quantile: p99, max: 1s}}]}\n",
			"4:16: spec.gates[0]: want exactly one of errors, latency and query; each gate is an item of its own, such as {errors: {max: 1%}}",
		},
		"gates of the same name": {
			head + "spec: {gates: [{errors: {max: 1%}}, {errors: {regression: 2}}]}\n",
			"4:37: spec.gates[1]: called errors like spec.gates[0]; give one of them a name",
		},
		"a name that is no name": {
			head + "spec: {gates: [{name: my gate, errors: {max: 1%}}]}\n",
			`4:23: spec.gates[0].name: "my gate" is not a name that Kubernetes takes: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character`,
		},
		"gates without limits": {
			head + "spec: {gates: [{errors: {}}, {latency: {quantile: p99}}, {query: {promql: up}}]}\n",
			"4:25: spec.gates[0].errors: no limit; give max (such as 1%), regression (times stable's share, such as 1.5), or both" + "\n" +
				"4:40: spec.gates[1].latency: no limit; give max (such as 300ms), regression (times stable's quantile, such as 1.2), or both" + "\n" +
				"4:66: spec.gates[2].query: no limit; give min, max or both",
		},
		"codes that are none, or take a good answer for a failure": {
			head + "spec: {gates: [{errors: {max: 1%, codes: '5[', grpc: '..?', hangups: forgive}}]}\n",
			"4:42: spec.gates[0].errors.codes: not a regular expression (error parsing regexp: missing closing ]: `[)$`); want one such as 0|5..|404" + "\n" +
				"4:54: spec.gates[0].errors.grpc: it matches 0, the code of a request that went well; want the codes that are failures, such as 2|13|14" + "\n" +
				`4:70: spec.gates[0].errors.hangups: "forgive" is not known; want compare, count or ignore`,
		},
		"codes that match everything": {
			head + "spec: {gates: [{errors: {max: 1%, codes: ...}}]}\n",
			"4:42: spec.gates[0].errors.codes: it matches 200, the code of a request that went well; want the codes that are failures, such as 0|5..|404",
		},
		"a latency gate without a quantile": {
			head + "spec: {gates: [{latency: {max: 1s}}]}\n",
			"4:26: spec.gates[0].latency.quantile: missing; which requests must be fast enough? write 99% or p99",
		},
		"quantiles that cannot be": {
			head + "spec: {gates: [{latency: {quantile: 100%, max: 1s}}, {latency: {quantile: p0, max: 1s}}]}\n",
			"4:37: spec.gates[0].latency.quantile: 100%; want a quantile from 0.1% to 99.999%, such as 99%" + "\n" +
				"4:75: spec.gates[1].latency.quantile: 0%; want a quantile from 0.1% to 99.999%, such as 99%",
		},
		"more errors than requests": {
			head + "spec: {gates: [{errors: {max: 101%, regression: 0.5, minRequests: 0}}]}\n",
			"4:31: spec.gates[0].errors.max: 101% is more than all requests; want 0% to 100%" + "\n" +
				"4:49: spec.gates[0].errors.regression: 0.5; want a factor from 1 to 1000: 1.5 allows one and a half times what stable has" + "\n" +
				"4:67: spec.gates[0].errors.minRequests: 0; want 1 or more",
		},
		"a query that is missing": {
			head + "spec: {gates: [{query: {max: 1}}, {query: {promql: \" \", max: 1}}]}\n",
			"4:24: spec.gates[0].query.promql: missing; write a query that gives one number" + "\n" +
				"4:52: spec.gates[1].query.promql: empty; write a query that gives one number",
		},
		"a query that nothing can pass": {
			head + "spec: {gates: [{query: {promql: up, min: 2, max: 1}}]}\n",
			"4:42: spec.gates[0].query.min: min, 2, is above max, 1: no answer could pass",
		},
		"a query where nobody answers it": {
			head + "spec: {gates: [{query: {promql: up, min: 1}}], metrics: {source: envoy}}\n",
			"4:24: spec.gates[0].query: only Prometheus answers queries, and spec.metrics.source is envoy",
		},
	})
}

func TestMistakesInMetrics(t *testing.T) {
	t.Parallel()
	expectMistakes(t, mistakes{
		"a Prometheus that is nowhere": {
			head + "spec: {metrics: {source: prometheus}}\n",
			"4:26: spec.metrics.source: prometheus, but where is it? write spec.metrics.prometheus with url or service",
		},
		"a Prometheus without an address": {
			head + "spec: {metrics: {prometheus: {reporter: source}}}\n",
			"4:30: spec.metrics.prometheus: no address; give url (https://prometheus.example.com) or service (monitoring/prometheus:9090)",
		},
		"two addresses": {
			head + "spec: {metrics: {prometheus: {url: \"https://p.example.com\", service: \"m/p:9090\"}}}\n",
			"4:70: spec.metrics.prometheus.service: url and service exclude each other",
		},
		"an address without a scheme": {
			head + "spec: {metrics: {prometheus: {url: \"prometheus:9090\"}}}\n",
			"4:36: spec.metrics.prometheus.url: not an address; want one such as https://prometheus.example.com",
		},
		"a password in the address is refused and not repeated": {
			head + "spec: {metrics: {prometheus: {url: \"https://me:hunter2@p.example.com\"}}}\n",
			"4:36: spec.metrics.prometheus.url: holds a user or password; name environment variables instead, with userFrom and passwordFrom",
		},
		"a query in the address": {
			head + "spec: {metrics: {prometheus: {url: \"https://p.example.com?x=1\"}}}\n",
			"4:36: spec.metrics.prometheus.url: want the address alone, without ? or #",
		},
		"the address of a call of the API": {
			head + "spec: {metrics: {prometheus: {url: \"https://p.example.com/x/api/v1\"}}}\n",
			"4:36: spec.metrics.prometheus.url: leave /api/v1 and what follows out; want the address that a browser shows Prometheus under",
		},
		"a service without its port": {
			head + "spec: {metrics: {prometheus: {service: monitoring/prometheus}}}\n",
			`4:40: spec.metrics.prometheus.service: "monitoring/prometheus"; want namespace/name:port, such as monitoring/prometheus:9090`,
		},
		"credentials for a service in the cluster": {
			head + "spec: {metrics: {prometheus: {service: \"m/p:9090\", caFile: ca.pem}}}\n",
			"4:30: spec.metrics.prometheus: headersFrom, userFrom, passwordFrom and caFile go with url; a service is reached with the cluster's own credentials",
		},
		"a secret in place of a variable is not repeated": {
			head + "spec: {metrics: {prometheus: {url: \"https://p\", headersFrom: {Authorization: Bearer hunter2}}}}\n",
			"4:78: spec.metrics.prometheus.headersFrom.Authorization: want the name of an environment variable such as PROMETHEUS_TOKEN, not its value",
		},
		"half of a sign-in": {
			head + "spec: {metrics: {prometheus: {url: \"https://p\", userFrom: USER}}}\n",
			"4:30: spec.metrics.prometheus: userFrom and passwordFrom go together",
		},
		"names that no series has": {
			head + "spec: {metrics: {prometheus: {url: \"https://p\", names: {requests: a-b, unit: 0s}, labels: {code: a-b}, match: {\"x y\": z}, reporter: both}}}\n",
			`4:67: spec.metrics.prometheus.names.requests: "a-b" is not the name of a metric` + "\n" +
				"4:78: spec.metrics.prometheus.names.unit: 0s; want a time above zero, such as 30s" + "\n" +
				`4:98: spec.metrics.prometheus.labels.code: "a-b" is not the name of a label` + "\n" +
				`4:119: spec.metrics.prometheus.match.x y: "x y" is not the name of a label` + "\n" +
				`4:133: spec.metrics.prometheus.reporter: "both" is not known; want source or destination`,
		},
		"an unknown source": {
			head + "spec: {metrics: {source: promtheus}}\n",
			`4:26: spec.metrics.source: "promtheus" is not known; want auto, prometheus or envoy; did you mean "prometheus"?`,
		},
	})
}
