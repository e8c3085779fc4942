// Package keeper names the tool that keeps an object in step with a source of its
// own. Whatever Headgate writes to such an object may be undone by that tool, so
// all parts that write to objects of users look for it, and in the same way.
package keeper

import "strings"

// helmRelease is the annotation by which Helm knows its own.
const helmRelease = "meta.helm.sh/release-name"

// Of names the tool by an object's labels and annotations; empty when none is known.
func Of(labels, annotations map[string]string) string {
	for _, m := range []map[string]string{annotations, labels} {
		for k := range m {
			switch domain, _, _ := strings.Cut(k, "/"); {
			case domain == "argocd.argoproj.io":
				return "Argo CD"
			case strings.HasSuffix(domain, ".toolkit.fluxcd.io"):
				return "Flux"
			}
		}
	}
	if annotations[helmRelease] != "" {
		return "Helm"
	}
	return ""
}
