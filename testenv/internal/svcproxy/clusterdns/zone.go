// Package clusterdns is the DNS server of a cluster: it knows the names of
// Services and nothing else. There is no upstream server, so that tests do not
// depend on the world outside.
package clusterdns

import (
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// Zone maps names, without a final dot, to what they stand for.
type Zone map[string]Record

// Record is what one name stands for: addresses (in turn), or another name.
type Record struct {
	Addresses []netip.Addr
	Alias     string
}

// Add gives a name one more address.
func (z Zone) Add(name string, a netip.Addr) {
	r := z[name]
	r.Addresses = append(r.Addresses, a)
	z[name] = r
}

// ttl is how long an answer may be kept, in seconds. Endpoints change quickly.
const ttl = 5

// answer is the reply to one question. Names that are not in the zone do not
// exist, wherever in the world they might.
func (z Zone) answer(domain string, query *dns.Msg) *dns.Msg {
	reply := new(dns.Msg).SetReply(query)
	reply.Authoritative, reply.RecursionAvailable = true, true
	if query.Opcode != dns.OpcodeQuery || len(query.Question) != 1 {
		reply.Rcode = dns.RcodeNotImplemented
		return reply
	}
	q := query.Question[0]
	record, known := z[strings.ToLower(strings.TrimSuffix(q.Name, "."))]
	switch {
	case !known:
		reply.Rcode = dns.RcodeNameError
	case record.Alias != "":
		reply.Answer = z.alias(q, record)
	default:
		reply.Answer = addresses(q.Name, q.Qtype, record)
	}
	if len(reply.Answer) == 0 {
		reply.Ns = []dns.RR{authority(domain)}
	}
	return reply
}

func (z Zone) alias(q dns.Question, r Record) []dns.RR {
	to := dns.Fqdn(r.Alias)
	cname := &dns.CNAME{Hdr: header(q.Name, dns.TypeCNAME), Target: to}
	target := z[strings.ToLower(strings.TrimSuffix(to, "."))]
	return append([]dns.RR{cname}, addresses(to, q.Qtype, target)...)
}

func addresses(name string, kind uint16, r Record) []dns.RR {
	if kind != dns.TypeA && kind != dns.TypeANY {
		return nil
	}
	var rrs []dns.RR
	for _, a := range r.Addresses {
		if a.Is4() {
			rrs = append(rrs, &dns.A{Hdr: header(name, dns.TypeA), A: net.IP(a.AsSlice())})
		}
	}
	return rrs
}

// authority goes with a negative answer and says how long to remember it.
func authority(domain string) dns.RR {
	name := dns.Fqdn(domain)
	return &dns.SOA{
		Hdr: header(name, dns.TypeSOA), Ns: "ns.dns." + name, Mbox: "hostmaster." + name,
		Serial: 1, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: ttl,
	}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}
