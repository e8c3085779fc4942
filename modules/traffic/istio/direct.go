package istio

import "fmt"

// checkSpread refuses where proxies do not spread requests over the versions at
// all: a sidecar sends them to the address that its caller resolved, whatever
// the weights, and its counters name the route's destination all the same.
// Gateways resolve nothing and spread.
func (f *finder) checkSpread(stable []sighting) error {
	why := f.unspread()
	if why == "" {
		return nil
	}
	for _, s := range stable {
		if roots := f.inMesh(s); len(roots) > 0 {
			return fmt.Errorf("%s, and %s is bound to the gateway %q: a sidecar sends each request to the address that its caller resolved, whatever the weights, so nothing can be shared; %s",
				why, describe(kindVirtualService, roots[0].Unstructured), meshGateway, f.spreadAdvice())
		}
	}
	return nil
}

// unspread says what has sidecars send to the address that the caller resolved;
// empty when nothing does.
func (f *finder) unspread() string {
	if spec(f.service)["clusterIP"] == "None" {
		return fmt.Sprintf("Service %s/%s is headless (clusterIP: None)", f.target.Namespace, f.target.Service)
	}
	for _, r := range f.rules {
		if place := passthrough(spec(r.Unstructured)); place != "" {
			return fmt.Sprintf("%s sets the load balancer PASSTHROUGH in %s", describe(kindDestinationRule, r.Unstructured), place)
		}
	}
	return ""
}

func (f *finder) spreadAdvice() string {
	if spec(f.service)["clusterIP"] == "None" {
		return "have callers use a Service with a cluster IP and route that one (spec.service), or bind the route to gateways only"
	}
	return "choose another load balancer"
}

// passthrough is where a rule, or one of its subsets, asks for no load balancer;
// empty when none does.
func passthrough(rule map[string]any) string {
	if unbalanced(rule) {
		return "spec.trafficPolicy"
	}
	for i, raw := range subsetsOf(rule) {
		if s, _ := raw.(map[string]any); unbalanced(s) {
			return fmt.Sprintf("spec.subsets[%d].trafficPolicy", i)
		}
	}
	return ""
}

// unbalanced says whether a traffic policy, for all ports or for one, asks for no
// load balancer.
func unbalanced(of map[string]any) bool {
	policy, _ := of["trafficPolicy"].(map[string]any)
	ports, _ := policy["portLevelSettings"].([]any)
	for _, p := range append([]any{policy}, ports...) {
		m, _ := p.(map[string]any)
		lb, _ := m["loadBalancer"].(map[string]any)
		if lb["simple"] == "PASSTHROUGH" {
			return true
		}
	}
	return false
}
