package release

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

func (f *findings) routes(routes []Route) {
	seen := map[[2]string]int{}
	for i, r := range routes {
		path := indexed("spec.routes", i)
		f.oneOf(path+".kind", r.Kind, "VirtualService")
		if r.Name == "" && !f.written(path+".name") {
			f.missing(path+".name", "it is the name of the %s", r.Kind)
			continue
		}
		f.name(path+".name", r.Name, validation.IsDNS1123Subdomain)
		if r.Namespace != "" || f.written(path+".namespace") {
			f.name(path+".namespace", r.Namespace, validation.IsDNS1123Label)
		}
		for j, http := range r.HTTP {
			if strings.TrimSpace(http) == "" {
				f.wrong(indexed(path+".http", j), "empty; want the name of an http route")
			}
		}
		this := [2]string{r.Namespace, r.Name}
		if first, twice := seen[this]; twice {
			f.wrong(path, "the same object as %s; write its http routes in one list", indexed("spec.routes", first))
			continue
		}
		seen[this] = i
	}
}
