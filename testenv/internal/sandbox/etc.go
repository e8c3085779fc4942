package sandbox

import (
	"fmt"
	"net/netip"
	"strings"
)

// Hosts is the text of /etc/hosts for a Pod; aliases may map further addresses
// to names.
func Hosts(ip netip.Addr, hostname string, aliases map[string][]string) string {
	var b strings.Builder
	b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	fmt.Fprintf(&b, "%s\t%s\n", ip, hostname)
	for addr, names := range aliases {
		fmt.Fprintf(&b, "%s\t%s\n", addr, strings.Join(names, " "))
	}
	return b.String()
}

// Resolver is what goes into a container's /etc/resolv.conf.
type Resolver struct {
	Servers []string
	Search  []string
	Options []string
}

func (r Resolver) String() string {
	var b strings.Builder
	for _, s := range r.Servers {
		fmt.Fprintf(&b, "nameserver %s\n", s)
	}
	if len(r.Search) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(r.Search, " "))
	}
	if len(r.Options) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(r.Options, " "))
	}
	return b.String()
}

// Passwd and Group name the few users that containers run as here. The host's
// own files stay out: they would tell a Pod who works on this machine.
const (
	Passwd = "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n" +
		"istio-proxy:x:1337:1337:istio-proxy:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"
	Group = "root:x:0:\napp:x:1000:\nistio-proxy:x:1337:\nnogroup:x:65534:\n"
	// NSSwitch makes names come from /etc/hosts first and then from DNS.
	NSSwitch = "passwd: files\ngroup: files\nhosts: files dns\n"
)
