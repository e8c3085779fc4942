package svcproxy

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Forward leads one port of a Service's address to its endpoints, each of which
// gets an equal share of the connections.
type Forward struct {
	Name     string // namespace/service:port, for people
	Protocol corev1.Protocol
	Address  netip.AddrPort
	To       []netip.AddrPort // sorted, not empty
}

// forwards leaves out ports without endpoints: connections to them are refused.
func forwards(services []service, apiServer netip.AddrPort) []Forward {
	all := []Forward{}
	for _, s := range services {
		vip, err := netip.ParseAddr(s.Spec.ClusterIP)
		if err != nil {
			continue // headless or by name only
		}
		for _, port := range s.Spec.Ports {
			to := s.endpoints(port)
			if len(to) == 0 && s.Namespace == corev1.NamespaceDefault && s.Name == "kubernetes" && apiServer.IsValid() {
				to = []netip.AddrPort{apiServer}
			}
			if len(to) > 0 {
				all = append(all, Forward{
					Name:     s.Namespace + "/" + s.Name + ":" + port.Name,
					Protocol: port.Protocol,
					Address:  netip.AddrPortFrom(vip, port16(port.Port)),
					To:       to,
				})
			}
		}
	}
	return all
}

func (s service) endpoints(port corev1.ServicePort) []netip.AddrPort {
	if ready := s.endpointsOf(port, false); len(ready) > 0 {
		return ready
	}
	return s.endpointsOf(port, true)
}

func (s service) endpointsOf(port corev1.ServicePort, last bool) []netip.AddrPort {
	var all []netip.AddrPort
	for _, slice := range s.slices {
		number, ok := slicePort(slice, port)
		if !ok {
			continue
		}
		for _, e := range s.usable(slice, last) {
			all = append(all, netip.AddrPortFrom(e.addr, number))
		}
	}
	slices.SortFunc(all, netip.AddrPort.Compare)
	return slices.Compact(all)
}

// slicePort finds the port of a slice that stands behind a Service's port: they
// have the same name.
func slicePort(slice *discoveryv1.EndpointSlice, port corev1.ServicePort) (uint16, bool) {
	for _, p := range slice.Ports {
		if str(p.Name) == port.Name && p.Port != nil {
			return port16(*p.Port), true
		}
	}
	return 0, false
}

// port16 keeps the value: the API server admits nothing else.
func port16(n int32) uint16 {
	return uint16(n) //nolint:gosec // see above
}

func equal(a, b []Forward) bool {
	return slices.EqualFunc(a, b, func(x, y Forward) bool {
		return x.Name == y.Name && x.Protocol == y.Protocol && x.Address == y.Address && slices.Equal(x.To, y.To)
	})
}
