package capture

import "net/netip"

// Rule is one line of a chain: a packet that fits all of its conditions leaves
// the chain here, redirected or as it is. Zero conditions fit every packet.
type Rule struct {
	Link    string // in: the link it came by; out: the one it leaves by
	TCP     bool
	Port    uint16 // destination
	NotPort uint16
	To      netip.Prefix
	NotTo   netip.Prefix
	From    netip.Prefix
	User    *Owner
	Group   *Owner

	Redirect uint16 // 0 lets the packet pass
}

// Owner is a condition on who owns the sending socket.
type Owner struct {
	ID  uint32
	Not bool
}

// Rules are the two chains of a Pod, for connections that come in and go out.
type Rules struct{ Inbound, Outbound []Rule }

var (
	loopback = netip.MustParsePrefix("127.0.0.1/32")
	// passthrough is the source address of the proxy's own connections to the
	// application when it forwards what came in.
	passthrough = netip.MustParsePrefix("127.0.0.6/32")
)

// Rules gives the chains for a Pod whose proxy has a user of its own.
func (c *Config) Rules() Rules {
	return Rules{Inbound: c.inbound(), Outbound: c.outbound()}
}

// RulesWithoutOwner gives the chains where the application and its proxy are
// the same user, as in a user namespace with one user. What the application
// sends and what the proxy sends cannot be told apart, so only connections to
// Services are captured: the proxy itself talks to Pods, except to istiod.
func (c *Config) RulesWithoutOwner(services netip.Prefix) Rules {
	out := c.exceptions()
	out = append(out, Rule{Link: "lo"})
	for _, port := range []uint16{53, 15010, 15012} {
		out = append(out, Rule{TCP: true, Port: port})
	}
	for _, r := range c.RangesExcept {
		out = append(out, Rule{To: r})
	}
	if c.AllRanges || len(c.Ranges) > 0 || len(c.OutboundPorts) > 0 {
		out = append(out, Rule{TCP: true, To: services, Redirect: c.OutboundPort})
	}
	return Rules{Inbound: c.inbound(), Outbound: out}
}

func (c *Config) inbound() []Rule {
	rules := c.links()
	rules = append(rules, Rule{TCP: true, Port: c.TunnelPort})
	if !c.AllInbound {
		for _, p := range c.InboundPorts {
			rules = append(rules, Rule{TCP: true, Port: p, Redirect: c.InboundPort})
		}
		return rules
	}
	for _, p := range c.InboundExcept {
		rules = append(rules, Rule{TCP: true, Port: p})
	}
	return append(rules, Rule{TCP: true, Redirect: c.InboundPort})
}

func (c *Config) outbound() []Rule {
	rules := c.exceptions()
	rules = append(rules, Rule{Link: "lo", From: passthrough})
	for _, id := range c.Users {
		rules = append(rules, c.owned(func(not bool) Rule { return Rule{User: &Owner{ID: id, Not: not}} })...)
	}
	for _, id := range c.Groups {
		rules = append(rules, c.owned(func(not bool) Rule { return Rule{Group: &Owner{ID: id, Not: not}} })...)
	}
	rules = append(rules, Rule{To: loopback})
	for _, r := range c.RangesExcept {
		rules = append(rules, Rule{To: r})
	}
	return append(rules, c.included()...)
}

// owned handles what the proxy sends. To itself by a Service's address: as if
// it came from outside. Application to application inside the Pod: untouched.
// Everything else from the proxy: untouched, or it would go round in circles.
func (c *Config) owned(by func(not bool) Rule) []Rule {
	toSelf := by(false)
	toSelf.Link, toSelf.TCP = "lo", true
	toSelf.NotTo, toSelf.NotPort = loopback, c.TunnelPort
	toSelf.Redirect = c.InboundPort
	rules := []Rule{toSelf}
	if !c.wantsLoopback() {
		local := by(true)
		local.Link = "lo"
		rules = append(rules, local)
	}
	return append(rules, by(false))
}

func (c *Config) wantsLoopback() bool {
	for _, r := range c.Ranges {
		if r.Addr().IsLoopback() {
			return true
		}
	}
	return false
}

func (c *Config) links() []Rule {
	var rules []Rule
	for _, link := range c.LinksExcept {
		rules = append(rules, Rule{Link: link})
	}
	return rules
}

func (c *Config) exceptions() []Rule {
	rules := c.links()
	for _, p := range c.OutboundExcept {
		rules = append(rules, Rule{TCP: true, Port: p})
	}
	return rules
}

func (c *Config) included() []Rule {
	var rules []Rule
	for _, p := range c.OutboundPorts {
		rules = append(rules, Rule{TCP: true, Port: p, Redirect: c.OutboundPort})
	}
	if c.AllRanges {
		return append(rules, Rule{TCP: true, Redirect: c.OutboundPort})
	}
	for _, r := range c.Ranges {
		rules = append(rules, Rule{TCP: true, To: r, Redirect: c.OutboundPort})
	}
	return rules
}
