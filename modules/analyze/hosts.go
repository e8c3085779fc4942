package analyze

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// meshGateway is the name that means all sidecars.
const meshGateway = "mesh"

// gatewaysOf are the gateways that a VirtualService is for, by full name.
func gatewaysOf(vs *unstructured.Unstructured) []string {
	var out []string
	for _, g := range texts(vs.Object, "spec", "gateways") {
		if g != meshGateway && !strings.Contains(g, "/") {
			g = vs.GetNamespace() + "/" + g
		}
		out = append(out, g)
	}
	if out == nil {
		return []string{meshGateway}
	}
	return out
}

// checkHosts: HG110, HG111. Two VirtualServices for one host.
func checkHosts(w *world) {
	all := w.by["VirtualService"]
	for i, a := range all {
		for _, b := range all[i+1:] {
			w.checkPair(a, b)
		}
	}
}

func (w *world) checkPair(a, b *unstructured.Unstructured) {
	for _, gateway := range gatewaysOf(a) {
		if !slices.Contains(gatewaysOf(b), gateway) {
			continue
		}
		name := sharedHost(a, b)
		if name == "" {
			continue
		}
		later, earlier := b, a
		if !w.mine[describe(later)] {
			later, earlier = a, b
		}
		if gateway == meshGateway {
			w.find(Finding{Code: "HG110", Severity: Error, Next: "put the routes into one VirtualService"}, later, "spec.hosts",
				"%s is for host %s, too: sidecars follow only one of them", describe(earlier), name)
			return
		}
		w.find(Finding{Code: "HG111", Severity: Warning, Next: "put the routes into one VirtualService, or have one delegate to the others"}, later, "spec.hosts",
			"%s is for host %s at gateway %s, too: their routes are joined in no stated order", describe(earlier), name, gateway)
		return
	}
}

// sharedHost is a host that both are for; empty if there is none.
func sharedHost(a, b *unstructured.Unstructured) string {
	for _, x := range texts(a.Object, "spec", "hosts") {
		for _, y := range texts(b.Object, "spec", "hosts") {
			if hostOf(x, a.GetNamespace()).full() == hostOf(y, b.GetNamespace()).full() {
				return x
			}
		}
	}
	return ""
}

// checkGateways: HG112, HG113.
func checkGateways(w *world) {
	for _, vs := range w.analyzed("VirtualService") {
		for i, name := range gatewaysOf(vs) {
			if name == meshGateway {
				continue
			}
			path := fmt.Sprintf("spec.gateways[%d]", i)
			ns, short, _ := strings.Cut(name, "/")
			gateway := w.gateway(ns, short)
			if gateway == nil {
				w.find(Finding{Code: "HG112", Severity: w.absent(ns), Next: "correct the name (NAMESPACE/NAME), or add the Gateway"}, vs, path,
					"there is no Gateway %s: nothing comes in by it", name)
				continue
			}
			for j, h := range texts(vs.Object, "spec", "hosts") {
				if hostOf(h, vs.GetNamespace()).service == "" && !listens(gateway, vs.GetNamespace(), h) {
					w.find(Finding{Code: "HG113", Severity: Warning, Next: "add the host to the Gateway's servers, or take it out here"}, vs, fmt.Sprintf("spec.hosts[%d]", j),
						"Gateway %s does not listen for %s", name, h)
				}
			}
		}
	}
}

func (w *world) gateway(namespace, name string) *unstructured.Unstructured {
	for _, g := range w.by["Gateway"] {
		if g.GetNamespace() == namespace && g.GetName() == name {
			return g
		}
	}
	return nil
}

// listens says whether a Gateway takes requests for a host of a namespace.
func listens(gateway *unstructured.Unstructured, namespace, name string) bool {
	for _, server := range list(gateway.Object, "spec", "servers") {
		for _, pattern := range texts(server, "hosts") {
			ns, h, qualified := strings.Cut(pattern, "/")
			if !qualified {
				ns, h = "*", pattern
			}
			if ns == "." {
				ns = gateway.GetNamespace()
			}
			if (ns == "*" || ns == namespace) && (covers(h, name) || covers(name, h)) {
				return true
			}
		}
	}
	return false
}
