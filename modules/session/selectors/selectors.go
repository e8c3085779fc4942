// Package selectors says which Services stand before which Pods. A rollout moves
// the traffic of one Service; whoever calls the same Pods by another one follows
// no weight, and a Service that selects other Pods has no traffic to move.
package selectors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic"
)

var services = schema.GroupVersionResource{Version: "v1", Resource: "services"}

// Services are some of one namespace.
type Services []*corev1.Service

// List reads all Services of a namespace.
func List(ctx context.Context, client dynamic.Interface, namespace string) (Services, error) {
	list, err := client.Resource(services).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the Services in namespace %s: %w", namespace, err)
	}
	var out Services
	for i := range list.Items {
		svc, err := Decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, svc)
	}
	return out, nil
}

// Decode reads a Service.
func Decode(obj *unstructured.Unstructured) (*corev1.Service, error) {
	svc := &corev1.Service{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, svc); err != nil {
		return nil, fmt.Errorf("decode service %s/%s: %w", obj.GetNamespace(), obj.GetName(), err)
	}
	return svc, nil
}

// Select says whether a Service stands before Pods with these labels. One without
// a selector does not say.
func Select(svc *corev1.Service, pod labels.Set) bool {
	return len(svc.Spec.Selector) > 0 && labels.SelectorFromSet(svc.Spec.Selector).Matches(pod)
}

// Of are those that stand before Pods with these labels.
func (all Services) Of(pod labels.Set) Services {
	return slices.DeleteFunc(slices.Clone(all), func(svc *corev1.Service) bool { return !Select(svc, pod) })
}

// Without leaves Services out by their names.
func (all Services) Without(names ...string) Services {
	return slices.DeleteFunc(slices.Clone(all), func(svc *corev1.Service) bool { return slices.Contains(names, svc.Name) })
}

// Names are their names.
func (all Services) Names() []string {
	var out []string
	for _, svc := range all {
		out = append(out, svc.Name)
	}
	return out
}

// String lists the names.
func (all Services) String() string { return strings.Join(all.Names(), ", ") }

// SamePort says whether two Services lead to one port of a Pod with these
// containers: one that leads elsewhere, such as to a port for metrics, has other
// callers.
func SamePort(a, b *corev1.Service, containers []corev1.Container) bool {
	of := targets(a, containers)
	return slices.ContainsFunc(targets(b, containers), func(port string) bool { return slices.Contains(of, port) })
}

// targets are the Pods' ports that a Service leads to; by name where no container
// has that name.
func targets(svc *corev1.Service, containers []corev1.Container) []string {
	var out []string
	for _, p := range svc.Spec.Ports {
		target := p.TargetPort
		if target == (intstr.IntOrString{}) {
			target = intstr.FromInt32(p.Port)
		}
		for _, c := range containers {
			for _, own := range c.Ports {
				if target.Type == intstr.String && own.Name == target.StrVal {
					target = intstr.FromInt32(own.ContainerPort)
				}
			}
		}
		out = append(out, target.String())
	}
	return out
}
