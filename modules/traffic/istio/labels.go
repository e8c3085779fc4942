package istio

import (
	"maps"
	"slices"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// matches says whether labels satisfy a selector. An empty selector matches
// everything, as a subset's does.
func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// merged are labels with others on top.
func merged(base, over map[string]string) map[string]string {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, over)
	return out
}

// apply are stable's labels as a candidate Pod has them.
func apply(stable map[string]string, l traffic.Labels) map[string]string {
	out := maps.Clone(stable)
	if out == nil {
		out = map[string]string{}
	}
	for _, k := range l.Remove {
		delete(out, k)
	}
	maps.Copy(out, l.Set)
	return out
}

// identity are labels by which metrics and policies know an application: the
// last ones to change on a candidate.
var identity = []string{"app.kubernetes.io/name", "app", "service.istio.io/canonical-name", "k8s-app"}

// versionLabels are those by which versions of an application are told apart.
var versionLabels = []string{"version", "app.kubernetes.io/version", "service.istio.io/canonical-revision"}

// ofVersion are the labels of a selector that are a version's.
func ofVersion(selector map[string]string) map[string]string {
	out := maps.Clone(selector)
	maps.DeleteFunc(out, func(k, _ string) bool { return !slices.Contains(versionLabels, k) })
	return out
}

// distinguishing picks the label whose change hurts least: "version" if it is
// there, one that is not the application's name otherwise.
func distinguishing(selector map[string]string, keep map[string]string) (string, bool) {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(selector)), func(k string) bool { _, kept := keep[k]; return kept })
	if len(keys) == 0 {
		return "", false
	}
	for _, k := range versionLabels {
		if slices.Contains(keys, k) {
			return k, true
		}
	}
	for _, k := range keys {
		if !slices.Contains(identity, k) {
			return k, true
		}
	}
	return keys[0], true
}

// other is a label value that is not the given one, and says what it is for.
func other(value, suffix string) string {
	const longest = 63
	if value == "" {
		return suffix
	}
	if room := longest - len(suffix) - 1; len(value) > room {
		value = value[:room]
	}
	return value + "-" + suffix
}

// stringMap reads labels or a selector.
func stringMap(v any) map[string]string {
	m, _ := v.(map[string]any)
	out := make(map[string]string, len(m))
	for k, x := range m {
		if s, ok := x.(string); ok {
			out[k] = s
		}
	}
	return out
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
