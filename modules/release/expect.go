package release

import (
	"fmt"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// examples show how a type is written, for whoever wrote something else.
var examples = map[reflect.Type]string{
	reflect.TypeFor[Release]():           "fields such as apiVersion, kind, metadata and spec",
	reflect.TypeFor[Metadata]():          "fields such as {name: sample, namespace: demo}",
	reflect.TypeFor[Spec]():              "fields such as candidate, strategy and gates",
	reflect.TypeFor[Target]():            "fields such as {name: sample}",
	reflect.TypeFor[Candidate]():         "fields such as {image: headgate/sample:1.1.0}",
	reflect.TypeFor[Strategy]():          "a strategy such as {canary: {steps: [5, 50, 100]}}",
	reflect.TypeFor[Canary]():            "fields such as {steps: [5, 50, 100]}",
	reflect.TypeFor[Step]():              "a weight such as 25 or {weight: 25, max: 5m}",
	reflect.TypeFor[Steps]():             "a list of weights such as [1, 5, 25, 50, 100], or auto",
	reflect.TypeFor[Pause]():             "{approval: true} or a time such as {for: 10m}",
	reflect.TypeFor[Decision]():          "fields such as {alpha: 1%, beta: 5%}",
	reflect.TypeFor[Gate]():              "a gate such as {errors: {max: 1%}}",
	reflect.TypeFor[[]Gate]():            "a list of gates such as [{errors: {max: 1%}}]",
	reflect.TypeFor[ErrorsGate]():        "limits such as {max: 1%}",
	reflect.TypeFor[LatencyGate]():       "limits such as {quantile: 99%, max: 300ms}",
	reflect.TypeFor[QueryGate]():         "a query with limits such as {promql: up, min: 1}",
	reflect.TypeFor[Route]():             "a route such as {name: sample}",
	reflect.TypeFor[[]Route]():           "a list of routes such as [{name: sample}]",
	reflect.TypeFor[Metrics]():           "fields such as {source: envoy}",
	reflect.TypeFor[Prometheus]():        "fields such as {service: \"monitoring/prometheus:9090\"}",
	reflect.TypeFor[MetricNames]():       "fields such as {requests: istio_requests_total}",
	reflect.TypeFor[MetricLabels]():      "fields such as {workload: destination_workload}",
	reflect.TypeFor[Timeouts]():          "fields such as {ready: 5m}",
	reflect.TypeFor[Watchdog]():          "fields such as {after: 30s}",
	reflect.TypeFor[Duration]():          "a duration such as 30s, 5m or 1h30m",
	reflect.TypeFor[Percent]():           "a share such as 1%",
	reflect.TypeFor[Quantile]():          "a quantile such as 99% or p99",
	reflect.TypeFor[[]string]():          "a list such as [one, two]",
	reflect.TypeFor[map[string]string](): "names with text such as {app: \"1.0\"}",
}

// want says what a type is written like.
func want(t reflect.Type) string {
	if example, ok := examples[t]; ok {
		return "want " + example
	}
	switch t.Kind() {
	case reflect.Int:
		return "want a whole number such as 25"
	case reflect.Float64:
		return "want a number such as 1.5"
	case reflect.Bool:
		return "want true or false"
	default:
		return "want text"
	}
}

// unfit reports a value that is not of the type.
func (r reader) unfit(n *yaml.Node, path string, t reflect.Type) {
	r.at(place(n), path, "%s, not %s", want(t), shown(n))
}

// shown is a value in an error, shortened.
func shown(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields of its own"
	case isNull(n):
		return "nothing"
	case n.ShortTag() == "!!str":
		return strconv.Quote(clip(n.Value))
	default:
		return clip(n.Value)
	}
}

func clip(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
