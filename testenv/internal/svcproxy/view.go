package svcproxy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
)

// service is a Service with the slices that belong to it.
type service struct {
	*corev1.Service
	slices []*discoveryv1.EndpointSlice
}

// view reads the cluster from the informers' caches.
type view struct {
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
}

func (v *view) read() ([]service, error) {
	all, err := v.services.List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	endpoints, err := v.slices.List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("list endpoint slices: %w", err)
	}
	return join(all, endpoints), nil
}

// join sorts, so that the same cluster always gives the same rules.
func join(all []*corev1.Service, endpoints []*discoveryv1.EndpointSlice) []service {
	type key struct{ namespace, name string }
	byService := map[key][]*discoveryv1.EndpointSlice{}
	for _, s := range endpoints {
		k := key{s.Namespace, s.Labels[discoveryv1.LabelServiceName]}
		byService[k] = append(byService[k], s)
	}
	joined := make([]service, 0, len(all))
	for _, s := range all {
		joined = append(joined, service{s, byService[key{s.Namespace, s.Name}]})
	}
	slices.SortFunc(joined, func(a, b service) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return joined
}

// endpoint is one address behind a Service.
type endpoint struct {
	addr     netip.Addr
	hostname string
}

// usable picks the endpoints of a slice that are ready, or, as a last resort
// during a restart, those that still serve while they end.
func (s service) usable(slice *discoveryv1.EndpointSlice, last bool) []endpoint {
	var found []endpoint
	if slice.AddressType != discoveryv1.AddressTypeIPv4 {
		return nil
	}
	for _, e := range slice.Endpoints {
		ready := isTrue(e.Conditions.Ready, true) || s.Spec.PublishNotReadyAddresses
		leaving := last && isTrue(e.Conditions.Serving, false) && isTrue(e.Conditions.Terminating, false)
		if !ready && !leaving {
			continue
		}
		for _, a := range e.Addresses {
			if addr, err := netip.ParseAddr(a); err == nil {
				found = append(found, endpoint{addr: addr, hostname: str(e.Hostname)})
			}
		}
	}
	return found
}

func isTrue(p *bool, unset bool) bool {
	if p == nil {
		return unset
	}
	return *p
}

func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
