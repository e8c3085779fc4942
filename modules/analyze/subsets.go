package analyze

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// checkSubsets: HG105, HG106, HG107, HG108.
func checkSubsets(w *world) {
	used := map[string]bool{} // host/subset
	weighty := map[string]bool{}
	for _, vs := range w.by["VirtualService"] {
		for _, d := range destinations(vs) {
			key := d.host.full() + "/" + d.subset
			used[key] = true
			weighty[key] = weighty[key] || d.weight > 0 || d.mirror
			if d.subset != "" && !w.defined(d) {
				w.find(Finding{Code: "HG105", Severity: w.absent(d.host.namespace), Next: "add the subset, with the labels of its Pods, to a DestinationRule for that host"}, vs, d.path+".subset",
					"no DestinationRule for host %s defines subset %q: requests are answered 503", d.host.name, d.subset)
			}
		}
	}
	for _, rule := range w.analyzed("DestinationRule") {
		w.checkRule(rule, used, weighty)
	}
}

// defined says whether a DestinationRule defines a destination's subset.
func (w *world) defined(d destination) bool {
	return slices.ContainsFunc(w.rules(d.host), func(rule *unstructured.Unstructured) bool {
		return slices.ContainsFunc(list(rule.Object, "spec", "subsets"), func(s map[string]any) bool { return text(s, "name") == d.subset })
	})
}

func (w *world) checkRule(rule *unstructured.Unstructured, used, weighty map[string]bool) {
	h := hostOf(text(rule.Object, "spec", "host"), rule.GetNamespace())
	if h.service == "" {
		return
	}
	svc := w.service(h)
	if svc == nil {
		w.find(Finding{Code: "HG103", Severity: w.absent(h.namespace), Next: "correct the host, or add the Service"}, rule, "spec.host",
			"there is no Service %s/%s: the rule has no effect", h.namespace, h.service)
	}
	for _, other := range w.rules(h) {
		if other != rule && other.GetNamespace() == rule.GetNamespace() && other.GetName() < rule.GetName() {
			w.find(Finding{Code: "HG106", Severity: Warning, Next: "put all of it into one DestinationRule"}, rule, "spec.host",
				"%s is for the same host: of what both say, only one's counts", describe(other))
		}
	}
	for i, subset := range list(rule.Object, "spec", "subsets") {
		w.checkSubset(rule, svc, h, i, subset, used, weighty)
	}
}

func (w *world) checkSubset(rule, svc *unstructured.Unstructured, h host, i int, subset map[string]any, used, weighty map[string]bool) {
	name, path := text(subset, "name"), fmt.Sprintf("spec.subsets[%d]", i)
	key := h.full() + "/" + name
	if !used[key] {
		w.find(Finding{Code: "HG107", Severity: Info, Next: "remove it if nothing is to use it"}, rule, path,
			"no VirtualService at hand sends to subset %q", name)
	}
	if svc == nil {
		return
	}
	want := labelsAt(svc.Object, "spec", "selector")
	if len(want) == 0 {
		return // its endpoints are somebody else's doing
	}
	all := map[string]string{}
	for _, labels := range []map[string]string{want, labelsAt(subset, "labels")} {
		for k, v := range labels {
			if was, ok := all[k]; ok && was != v {
				w.find(Finding{Code: "HG108", Severity: Error, Next: "take " + k + " out of the Service's selector: it must select every version"}, rule, path+".labels",
					"subset %q wants %s=%s, and Service %s selects %s=%s: no Pod can have both", name, k, v, h.service, k, was)
				return
			}
			all[k] = v
		}
	}
	if len(w.workloads(h.namespace, all)) > 0 {
		return
	}
	severity := Warning
	if weighty[key] && w.absent(h.namespace) == Error {
		severity = Error
	}
	w.find(Finding{Code: "HG109", Severity: severity, Next: "correct the subset's labels or those of the Pods, or give it no traffic"}, rule, path+".labels",
		"no workload has Pods with %s: subset %q is empty", selector(all), name)
}

// selector writes labels as kubectl takes them.
func selector(labels map[string]string) string {
	var parts []string
	for k, v := range labels {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}
