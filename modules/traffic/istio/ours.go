package istio

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// annotationCandidateOf names the object that one of Headgate's stands in for.
const annotationCandidateOf = "headgate.dev/candidate-of"

// ours says whether Headgate made an object.
func ours(o *unstructured.Unstructured) bool {
	role := o.GetLabels()[traffic.LabelRole]
	return (role == traffic.RoleCandidate || role == traffic.RoleBaseline) && o.GetAnnotations()[annotationCandidateOf] != ""
}

// twinOf starts an object of Headgate's that stands in for one of the user's:
// its kind, its labels and what annotations tell Istio, but no mark by which a
// deployment tool would take it for its own and prune it.
func twinOf(o *unstructured.Unstructured, role, name string) *unstructured.Unstructured {
	twin := &unstructured.Unstructured{Object: map[string]any{}}
	twin.SetAPIVersion(o.GetAPIVersion())
	twin.SetKind(o.GetKind())
	twin.SetNamespace(o.GetNamespace())
	twin.SetName(name)
	labels := map[string]string{}
	for k, v := range o.GetLabels() {
		if !tracking(k) {
			labels[k] = v
		}
	}
	labels[traffic.LabelRole] = role
	twin.SetLabels(labels)
	annotations := map[string]string{annotationCandidateOf: o.GetName()}
	for k, v := range o.GetAnnotations() {
		if strings.HasPrefix(k, "networking.istio.io/") {
			annotations[k] = v
		}
	}
	twin.SetAnnotations(annotations)
	return twin
}

// tracking says whether a label marks an object as a deployment tool's.
func tracking(key string) bool {
	switch key {
	case "app.kubernetes.io/managed-by", "app.kubernetes.io/instance":
		return true
	}
	domain, _, _ := strings.Cut(key, "/")
	for _, d := range []string{"argocd.argoproj.io", "helm.sh", "toolkit.fluxcd.io", "cli-utils.sigs.k8s.io", "kapp.k14s.io", "rio.cattle.io"} {
		if domain == d || strings.HasSuffix(domain, "."+d) {
			return true
		}
	}
	return false
}
