// Package capture leads a Pod's connections through its Istio proxy. It does
// what the command istio-iptables does in Istio's init container, with the same
// flags and to the same effect, through nftables and without that program.
package capture

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Command is the first argument of the init container that wants a capture.
const Command = "istio-iptables"

// Config is what the flags say.
type Config struct {
	OutboundPort, InboundPort uint16   // where the proxy listens
	TunnelPort                uint16   // never captured: the proxy's own tunnel
	Users, Groups             []uint32 // who the proxy runs as

	InboundPorts, InboundExcept []uint16 // AllInbound: all but InboundExcept
	AllInbound                  bool

	Ranges, RangesExcept          []netip.Prefix // AllRanges: all but RangesExcept
	AllRanges                     bool
	OutboundPorts, OutboundExcept []uint16 // always captured, never captured
	LinksExcept                   []string
}

// flags are the raw values, by the command's own names.
type flags struct {
	outboundPort, inboundPort, tunnelPort   string
	users, groups                           string
	mode                                    string
	inbound, inboundExcept                  string
	ranges, rangesExcept                    string
	outbound, outboundExcept, linksExcept   string
	virtualLinks                            string
	redirectDNS, captureAllDNS, dropInvalid bool
}

// Parse reads the arguments after the command's name. What cannot be done here
// is an error, never ignored: a Pod would silently go without its mesh.
func Parse(args []string) (*Config, error) {
	f, fs := newFlags()
	if err := fs.Parse(args); err != nil {
		return nil, fmt.Errorf("%s: %w", Command, err)
	}
	if err := f.supported(); err != nil {
		return nil, fmt.Errorf("%s: %w", Command, err)
	}
	cfg, err := f.config()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Command, err)
	}
	return cfg, nil
}

func newFlags() (*flags, *pflag.FlagSet) {
	f := new(flags)
	fs := pflag.NewFlagSet(Command, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for _, s := range []struct {
		to                   *string
		name, short, initial string
	}{
		{&f.outboundPort, "envoy-port", "p", "15001"},
		{&f.inboundPort, "inbound-capture-port", "z", "15006"},
		{&f.tunnelPort, "inbound-tunnel-port", "e", "15008"},
		{&f.users, "proxy-uid", "u", "1337"},
		{&f.groups, "proxy-gid", "g", ""},
		{&f.mode, "istio-inbound-interception-mode", "m", "REDIRECT"},
		{&f.inbound, "istio-inbound-ports", "b", ""},
		{&f.inboundExcept, "istio-local-exclude-ports", "d", ""},
		{&f.ranges, "istio-service-cidr", "i", ""},
		{&f.rangesExcept, "istio-service-exclude-cidr", "x", ""},
		{&f.outbound, "istio-outbound-ports", "q", ""},
		{&f.outboundExcept, "istio-local-outbound-ports-exclude", "o", ""},
		{&f.linksExcept, "istio-exclude-interfaces", "c", ""},
		{&f.virtualLinks, "kube-virt-interfaces", "k", ""},
	} {
		fs.StringVarP(s.to, s.name, s.short, s.initial, "")
	}
	fs.BoolVar(&f.redirectDNS, "redirect-dns", false, "")
	fs.BoolVar(&f.captureAllDNS, "capture-all-dns", false, "")
	fs.BoolVar(&f.dropInvalid, "drop-invalid", false, "")
	ignored(fs)
	return f, fs
}

// ignored declares flags that change how rules are written, not what they do.
func ignored(fs *pflag.FlagSet) {
	for _, name := range []string{"log_output_level", "log_caller", "log_stacktrace_level", "log_target", "probe-timeout", "iptables-probe-port"} {
		fs.String(name, "", "")
	}
	for _, name := range []string{"log_as_json", "force-apply", "native-nftables", "reconcile", "run-validation", "iptables-trace-logging", "dual-stack"} {
		fs.Bool(name, false, "")
	}
}

func (f *flags) supported() error {
	switch {
	case f.mode != "REDIRECT":
		return fmt.Errorf("interception mode %s does not work here: use REDIRECT", f.mode)
	case f.redirectDNS || f.captureAllDNS:
		return fmt.Errorf("capture of DNS does not work here: unset ISTIO_META_DNS_CAPTURE")
	case f.virtualLinks != "":
		return fmt.Errorf("virtual interfaces %s cannot be rerouted here", f.virtualLinks)
	}
	return nil
}

func (f *flags) config() (*Config, error) {
	if f.groups == "" {
		f.groups = f.users
	}
	p := new(parser)
	c := &Config{
		OutboundPort: p.port(f.outboundPort), InboundPort: p.port(f.inboundPort), TunnelPort: p.port(f.tunnelPort),
		Users: p.ids(f.users), Groups: p.ids(f.groups),
		AllInbound: f.inbound == "*", InboundExcept: p.ports(f.inboundExcept),
		AllRanges: f.ranges == "*", RangesExcept: p.ranges(f.rangesExcept),
		OutboundPorts: p.ports(f.outbound), OutboundExcept: p.ports(f.outboundExcept),
		LinksExcept: split(f.linksExcept),
	}
	if !c.AllInbound {
		c.InboundPorts = p.ports(f.inbound)
	}
	if !c.AllRanges {
		c.Ranges = p.ranges(f.ranges)
	}
	return c, p.err
}

// parser turns comma-separated lists into values and keeps the first error.
type parser struct{ err error }

func (p *parser) keep(what, value string, err error) {
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s %q: %w", what, value, err)
	}
}

func (p *parser) port(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	p.keep("port", s, err)
	return uint16(n)
}

func (p *parser) ports(list string) []uint16 {
	var all []uint16
	for _, s := range split(list) {
		all = append(all, p.port(s))
	}
	return all
}

func (p *parser) ids(list string) []uint32 {
	var all []uint32
	for _, s := range split(list) {
		n, err := strconv.ParseUint(s, 10, 32)
		p.keep("user or group", s, err)
		all = append(all, uint32(n))
	}
	return all
}

// ranges leaves IPv6 out: Pods have IPv4 addresses only.
func (p *parser) ranges(list string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range split(list) {
		r, err := netip.ParsePrefix(s)
		p.keep("address range", s, err)
		if err == nil && r.Addr().Is4() {
			all = append(all, r.Masked())
		}
	}
	return all
}

func split(list string) []string {
	var all []string
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}
