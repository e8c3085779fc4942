package istio

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/dynamic"
)

// SubsetOf is the subset of a Service whose selector fits Pods with these labels
// and not those with the others; empty when there is none. It is how two versions
// are told apart that somebody else routes to.
func SubsetOf(ctx context.Context, client dynamic.Interface, namespace, service string, these, others map[string]string) (string, error) {
	c := &cluster{client: client}
	if err := c.choose(ctx, namespace); err != nil {
		return "", err
	}
	rules, err := c.list(ctx, resourceDestinationRules, namespace)
	if apierrors.IsForbidden(err) {
		return "", nil // the metrics may tell them apart by something else
	}
	if err != nil {
		return "", explain("list DestinationRules in namespace "+namespace, err)
	}
	n := names{Namespace: namespace, Service: service, Domain: DefaultDomain}
	for i := range rules {
		rule := spec(&rules[i])
		if host, _ := rule["host"].(string); !n.mean(host, namespace) {
			continue
		}
		for _, s := range subsetsOf(rule) {
			subset, _ := s.(map[string]any)
			selector := stringMap(subset["labels"])
			if len(selector) > 0 && matches(selector, these) && !matches(selector, others) {
				name, _ := subset["name"].(string)
				return name, nil
			}
		}
	}
	return "", nil
}
