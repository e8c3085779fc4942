package svcproxy

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/svcproxy/clusterdns"
)

// zone gives every Service its name, and the endpoints of headless ones theirs.
func zone(services []service, domain string) clusterdns.Zone {
	z := clusterdns.Zone{}
	for _, s := range services {
		name := strings.Join([]string{s.Name, s.Namespace, "svc", domain}, ".")
		switch {
		case s.Spec.Type == corev1.ServiceTypeExternalName:
			z[name] = clusterdns.Record{Alias: s.Spec.ExternalName}
		case s.Spec.ClusterIP == corev1.ClusterIPNone:
			s.addHeadless(z, name)
		default:
			if ip, err := netip.ParseAddr(s.Spec.ClusterIP); err == nil {
				z[name] = clusterdns.Record{Addresses: []netip.Addr{ip}}
			}
		}
	}
	return z
}

func (s service) addHeadless(z clusterdns.Zone, name string) {
	z[name] = clusterdns.Record{}
	for _, slice := range s.slices {
		for _, e := range s.usable(slice, false) {
			z.Add(name, e.addr)
			if e.hostname != "" {
				z.Add(e.hostname+"."+name, e.addr)
			}
		}
	}
}
