package analyze

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// destination is one place that a VirtualService sends to.
type destination struct {
	object *unstructured.Unstructured
	path   string
	host   host
	subset string
	// weight is 100 for the only destination of a route.
	weight int64
	mirror bool
}

// destinations are all those of a VirtualService.
func destinations(vs *unstructured.Unstructured) []destination {
	var out []destination
	add := func(path string, d map[string]any, weight int64, mirror bool) {
		out = append(out, destination{
			object: vs, path: path, host: hostOf(text(d, "host"), vs.GetNamespace()), subset: text(d, "subset"), weight: weight, mirror: mirror,
		})
	}
	for _, kind := range []string{"http", "tcp", "tls"} {
		for i, route := range list(vs.Object, "spec", kind) {
			entries := list(route, "route")
			for j, e := range entries {
				d, _ := e["destination"].(map[string]any)
				weight, _, _ := unstructured.NestedInt64(e, "weight")
				if len(entries) == 1 {
					weight = 100
				}
				add(fmt.Sprintf("spec.%s[%d].route[%d].destination", kind, i, j), d, weight, false)
			}
			if m, ok := route["mirror"].(map[string]any); ok {
				add(fmt.Sprintf("spec.%s[%d].mirror", kind, i), m, 0, true)
			}
		}
	}
	return out
}

// checkWeights: HG101, HG102.
func checkWeights(w *world) {
	for _, vs := range w.analyzed("VirtualService") {
		for _, kind := range []string{"http", "tcp", "tls"} {
			for i, route := range list(vs.Object, "spec", kind) {
				entries := list(route, "route")
				if len(entries) < 2 {
					continue
				}
				var sum int64
				for _, e := range entries {
					n, _, _ := unstructured.NestedInt64(e, "weight")
					sum += n
				}
				path := fmt.Sprintf("spec.%s[%d].route", kind, i)
				switch sum {
				case 100:
				case 0:
					w.find(Finding{Code: "HG101", Severity: Error, Next: "give the destinations weights that make 100 together"}, vs, path,
						"none of the %d destinations has a weight: the route is refused", len(entries))
				default:
					w.find(Finding{Code: "HG102", Severity: Warning, Next: "write weights that make 100 together, so that each is a percentage"}, vs, path,
						"the weights make %d together, and each is a share of that", sum)
				}
			}
		}
	}
}

// checkDestinations: HG103, HG104.
func checkDestinations(w *world) {
	for _, vs := range w.analyzed("VirtualService") {
		for _, d := range destinations(vs) {
			switch {
			case d.host.name == "":
				continue // the API server refuses it
			case d.host.service != "" && w.service(d.host) == nil:
				w.find(Finding{Code: "HG103", Severity: w.absent(d.host.namespace), Next: "correct the host, or add the Service; a name without dots means one in " + vs.GetNamespace()}, vs, d.path,
					"there is no Service %s/%s: requests are answered 503", d.host.namespace, d.host.service)
			case d.host.service == "" && !w.entered(d.host.name):
				w.find(Finding{Code: "HG104", Severity: Warning, Next: "add a ServiceEntry for it, or write the host as NAME.NAMESPACE.svc.cluster.local"}, vs, d.path,
					"host %s is neither a Service's full name nor in a ServiceEntry", d.host.name)
			}
		}
	}
}

// entered says whether a ServiceEntry has a host.
func (w *world) entered(name string) bool {
	for _, e := range w.by["ServiceEntry"] {
		for _, h := range texts(e.Object, "spec", "hosts") {
			if covers(h, name) {
				return true
			}
		}
	}
	return false
}

// covers says whether a host that may begin with a star means another.
func covers(pattern, name string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(name, rest)
	}
	return pattern == name
}
