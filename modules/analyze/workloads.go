package analyze

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// checkServices: HG114. A Service that selects nothing.
func checkServices(w *world) {
	for _, svc := range w.analyzed("Service") {
		want := labelsAt(svc.Object, "spec", "selector")
		if len(want) == 0 || len(w.workloads(svc.GetNamespace(), want)) > 0 {
			continue
		}
		w.find(Finding{Code: "HG114", Severity: Warning, Next: "correct the selector, or add the workload"}, svc, "spec.selector",
			"no workload at hand has Pods with %s", selector(want))
	}
}

// injected says whether a workload's Pods get a proxy, and whether that is
// known at all.
func (w *world) injected(o *unstructured.Unstructured) (injected, known bool) {
	template := o.Object
	if o.GetKind() != "Pod" {
		template, _, _ = unstructured.NestedMap(o.Object, "spec", "template")
	}
	for _, at := range []string{"labels", "annotations"} {
		switch labelsAt(template, "metadata", at)["sidecar.istio.io/inject"] {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	for _, ns := range w.by["Namespace"] {
		if ns.GetName() != o.GetNamespace() {
			continue
		}
		labels := ns.GetLabels()
		_, revision := labels["istio.io/rev"]
		return labels["istio-injection"] == "enabled" || revision && labels["istio-injection"] != "disabled", true
	}
	return false, w.Whole
}

// checkInjection: HG115. Pods behind a mesh route, without a proxy.
func checkInjection(w *world) {
	told := map[string]bool{}
	for _, vs := range w.by["VirtualService"] {
		for _, d := range destinations(vs) {
			svc := w.service(d.host)
			if svc == nil || len(labelsAt(svc.Object, "spec", "selector")) == 0 {
				continue
			}
			for _, o := range w.workloads(d.host.namespace, labelsAt(svc.Object, "spec", "selector")) {
				injected, known := w.injected(o)
				if injected || !known || told[describe(o)] {
					continue
				}
				told[describe(o)] = true
				w.find(Finding{Code: "HG115", Severity: Warning, Next: "label the namespace (headgate apply --inject), or the Pods with sidecar.istio.io/inject=true"}, o, "spec.template",
					"its Pods serve %s and get no proxy: no mutual TLS, no policies, and no routes for their own calls", d.host.name)
			}
		}
	}
}

// checkMutualTLS: HG116, HG117, HG118. Strict mutual TLS and those who cannot.
func checkMutualTLS(w *world) {
	for _, policy := range w.analyzed("PeerAuthentication") {
		if text(policy.Object, "spec", "mtls", "mode") != "STRICT" {
			continue
		}
		for _, o := range w.under(policy) {
			if injected, known := w.injected(o); known && !injected {
				w.find(Finding{Code: "HG116", Severity: Error, Next: "have a proxy injected into it"}, policy, "spec.mtls.mode",
					"%s has no proxy: strict mutual TLS is not enforced there", describe(o))
			}
		}
		w.checkCallers(policy)
	}
}

// checkCallers looks for those who call in plain text.
func (w *world) checkCallers(policy *unstructured.Unstructured) {
	for _, rule := range w.by["DestinationRule"] {
		if text(rule.Object, "spec", "trafficPolicy", "tls", "mode") != "DISABLE" {
			continue
		}
		h := hostOf(text(rule.Object, "spec", "host"), rule.GetNamespace())
		if svc := w.service(h); svc != nil && w.guards(policy, svc) {
			w.find(Finding{Code: "HG117", Severity: Error, Next: "remove trafficPolicy.tls from the rule"}, policy, "spec.mtls.mode",
				"%s has proxies call %s in plain text, which strict mutual TLS refuses", describe(rule), h.name)
		}
	}
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet"} {
		for _, o := range w.by[kind] {
			injected, known := w.injected(o)
			if o.GetNamespace() == policy.GetNamespace() && known && !injected && !w.covered(policy, o) {
				w.find(Finding{Code: "HG118", Severity: Warning, Next: "have a proxy injected into it, or use PERMISSIVE until it has one"}, policy, "spec.mtls.mode",
					"%s has no proxy: where it calls what this policy is for, it is refused", describe(o))
			}
		}
	}
}

// covered says whether a policy is for a workload.
func (w *world) covered(policy, o *unstructured.Unstructured) bool {
	if policy.GetNamespace() != o.GetNamespace() && policy.GetNamespace() != w.RootNamespace {
		return false
	}
	return within(labelsAt(policy.Object, "spec", "selector", "matchLabels"), podLabels(o))
}

// under are the workloads that a policy is for.
func (w *world) under(policy *unstructured.Unstructured) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet"} {
		for _, o := range w.by[kind] {
			if w.covered(policy, o) {
				out = append(out, o)
			}
		}
	}
	return out
}

// guards says whether a policy is for a workload behind a Service.
func (w *world) guards(policy, svc *unstructured.Unstructured) bool {
	for _, o := range w.workloads(svc.GetNamespace(), labelsAt(svc.Object, "spec", "selector")) {
		if w.covered(policy, o) {
			return true
		}
	}
	return false
}
