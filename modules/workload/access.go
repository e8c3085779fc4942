package workload

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Access is what a Rollout must be allowed to do with one resource of the
// target's namespace.
type Access struct {
	Group, Resource, Subresource string
	Verbs                        []string
}

// AccessFor lists what a Rollout with these Options needs. Only a Rollout from
// manifests needs to write ConfigMaps and Secrets. Autoscalers and disruption
// budgets are read where that is allowed; without, Plan.Warnings says so.
func AccessFor(opts Options) []Access {
	need := []Access{
		{Group: "apps", Resource: "deployments", Verbs: []string{"get", "list", "create", "patch", "delete"}},
		{Group: "apps", Resource: "replicasets", Verbs: []string{"list"}},
		{Resource: "pods", Verbs: []string{"list"}},
	}
	config := []string{"get", "create", "patch", "delete"}
	for _, kind := range []string{kindConfigMap, kindSecret} {
		brings := func(obj *unstructured.Unstructured) bool { return obj.GetKind() == kind }
		if slices.ContainsFunc(opts.Manifests, brings) {
			need = append(need, Access{Resource: configItem{Kind: kind}.resource().Resource, Verbs: config})
		}
	}
	return need
}
