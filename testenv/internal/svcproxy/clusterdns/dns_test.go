package clusterdns

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func sample() Zone {
	z := Zone{
		"web.demo.svc.cluster.local":   {Addresses: []netip.Addr{addr("10.96.1.1")}},
		"empty.demo.svc.cluster.local": {},
		"far.demo.svc.cluster.local":   {Alias: "example.org"},
		"near.demo.svc.cluster.local":  {Alias: "web.demo.svc.cluster.local"},
	}
	for i := range 60 {
		z.Add("many.demo.svc.cluster.local", netip.AddrFrom4([4]byte{10, 244, 1, byte(i)}))
	}
	return z
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name  string
		kind  uint16
		rcode int
		want  []string
	}{
		"a service":                            {"web.demo.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, []string{"10.96.1.1"}},
		"names have no case":                   {"WEB.demo.svc.Cluster.local.", dns.TypeA, dns.RcodeSuccess, []string{"10.96.1.1"}},
		"a service has no IPv6, but exists":    {"web.demo.svc.cluster.local.", dns.TypeAAAA, dns.RcodeSuccess, nil},
		"no endpoints is not no name":          {"empty.demo.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, nil},
		"unknown service":                      {"nope.demo.svc.cluster.local.", dns.TypeA, dns.RcodeNameError, nil},
		"search list: not yet the right name":  {"web.demo.svc.cluster.local.demo.svc.cluster.local.", dns.TypeA, dns.RcodeNameError, nil},
		"the world outside does not exist":     {"example.org.", dns.TypeA, dns.RcodeNameError, nil},
		"an alias of something outside":        {"far.demo.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, []string{"example.org."}},
		"an alias of a service comes resolved": {"near.demo.svc.cluster.local.", dns.TypeA, dns.RcodeSuccess, []string{"web.demo.svc.cluster.local.", "10.96.1.1"}},
	}
	z := sample()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := z.answer("cluster.local", new(dns.Msg).SetQuestion(tt.name, tt.kind))
			if got := texts(reply.Answer); reply.Rcode != tt.rcode || !slices.Equal(got, tt.want) {
				t.Errorf("%s with %v, want %s with %v", dns.RcodeToString[reply.Rcode], got, dns.RcodeToString[tt.rcode], tt.want)
			}
			if len(tt.want) == 0 && len(reply.Ns) != 1 {
				t.Error("a negative answer must say how long it holds")
			}
		})
	}
}

func texts(rrs []dns.RR) []string {
	var all []string
	for _, rr := range rrs {
		all = append(all, strings.TrimPrefix(rr.String(), rr.Header().String()))
	}
	return all
}

func TestServerAnswersOverUDPAndTCP(t *testing.T) {
	t.Parallel()
	s, err := Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), "cluster.local")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	s.SetZone(sample())
	for network, truncated := range map[string]bool{"udp": true, "tcp": false} {
		query := new(dns.Msg).SetQuestion("many.demo.svc.cluster.local.", dns.TypeA)
		reply, _, err := (&dns.Client{Net: network}).ExchangeContext(t.Context(), query, s.Addr().String())
		if err != nil || reply.Truncated != truncated {
			t.Errorf("%s: error %v, reply %v", network, err, reply)
		}
	}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Addr().String())
	}}
	if ips, err := resolver.LookupHost(t.Context(), "many.demo.svc.cluster.local."); err != nil || len(ips) != 60 {
		t.Errorf("an ordinary resolver got %d addresses, error %v; want 60", len(ips), err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve after the end: %v", err)
	}
}
