package workload

import "strings"

// A copy that still carries the marks of whoever deploys the original would be
// taken for theirs: Argo CD would prune it, Helm would refuse or adopt it, Flux
// would collect it, and kubectl apply would compare it with the wrong manifest.
var trackingPrefixes = []string{
	"argocd.argoproj.io/",
	"meta.helm.sh/",
	"helm.sh/",
	"fluxcd.io/",
	"config.kubernetes.io/",
	"internal.config.kubernetes.io/",
	"config.k8s.io/",
	"cli-utils.sigs.k8s.io/",
	"objectset.rio.cattle.io/",
	"kapp.k14s.io/",
	"deployment.kubernetes.io/",
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

var trackingKeys = map[string]bool{
	lastApplied:                    true,
	"app.kubernetes.io/managed-by": true,
	"app.kubernetes.io/instance":   true, // Argo CD's tracking label unless it is told otherwise
}

// untracked is a copy of an object's labels or annotations without the marks of
// deployment tools. It is for an object's own metadata: a Pod template keeps
// its labels, since Services select by them and tools look at owners there.
func untracked(in map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range in {
		if !tracks(k) {
			out[k] = v
		}
	}
	return out
}

func tracks(key string) bool {
	if trackingKeys[key] {
		return true
	}
	for _, p := range trackingPrefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	domain, _, found := strings.Cut(key, "/")
	return found && strings.HasSuffix(domain, ".toolkit.fluxcd.io")
}
