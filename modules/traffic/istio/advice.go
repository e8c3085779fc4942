package istio

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/keeper"
)

const resourceServiceEntries = "serviceentries"

// warnKept tells of a tool that may put an edited object back.
func (f *finder) warnKept(kind string, o *unstructured.Unstructured) {
	if tool := keeper.Of(o.GetLabels(), o.GetAnnotations()); tool != "" {
		f.warn("%s is kept by %s: have it leave the object alone until the rollout has ended (a sync window, or differences in the weights and subsets ignored), or %s will put it back in the middle", describe(kind, o), tool, tool)
	}
}

// warnFault tells of faults that an edited route injects.
func (f *finder) warnFault(s sighting, raw any) {
	m, _ := raw.(map[string]any)
	fault, _ := m["fault"].(map[string]any)
	if len(fault) > 0 {
		f.warn("%s injects faults (%s): to metrics they are the versions' own errors and delays, and gates judge them; take the fault out before the rollout",
			s.named(nameOf(raw)), strings.Join(slices.Sorted(maps.Keys(fault)), ", "))
	}
}

// dropped is the advice where the Service's own selector keeps another version's
// Pods out; empty where it does not.
func dropped(service string, selector, wanted map[string]string) string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		if v, ok := wanted[k]; ok && v != selector[k] || slices.Contains(versionLabels, k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return fmt.Sprintf("drop %s from the selector of Service %s: it is for subsets to tell versions apart, and the Service must select them all", strings.Join(keys, ", "), service)
}

// otherWays names what leads to the Service or to its Pods and is no route whose
// weights could be moved.
func (f *finder) otherWays(ctx context.Context) string {
	var found []string
	for _, o := range f.visible() {
		for i, r := range routesOf(spec(o.Unstructured), listHTTP) {
			if f.mirrored(r, o.GetNamespace()) {
				found = append(found, fmt.Sprintf("%s spec.http[%d] only mirrors to it, and what a mirror answers reaches nobody", describe(kindVirtualService, o.Unstructured), i))
			}
		}
	}
	entries, err := f.list(ctx, resourceServiceEntries, f.target.Namespace)
	for i := range entries {
		if err == nil && f.entered(&entries[i]) {
			hosts, _ := spec(&entries[i])["hosts"].([]any)
			found = append(found, fmt.Sprintf("%s leads to the same Pods by its workloadSelector, past the Service: what is routed to its hosts %v cannot be moved", describe("ServiceEntry", &entries[i]), hosts))
		}
	}
	if found == nil {
		return ""
	}
	return "; " + strings.Join(found, "; ")
}

// mirrored says that a route sends copies to the Service.
func (f *finder) mirrored(route any, namespace string) bool {
	return slices.ContainsFunc(mirrorsOf(route), func(d destination) bool { return f.names.mean(d.Host, namespace) })
}

// entered says that a ServiceEntry selects stable's Pods.
func (f *finder) entered(o *unstructured.Unstructured) bool {
	selector, _ := spec(o)["workloadSelector"].(map[string]any)
	labels := stringMap(selector["labels"])
	return len(labels) > 0 && matches(labels, merged(selectorOf(f.service), f.target.StableLabels))
}
