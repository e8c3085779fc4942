package svcproxy

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox/nft"
)

// ruleset is one batch of rules, replaced as a whole: no connection ever sees
// half of a change, and those under way are not touched.
type ruleset struct {
	conn  *nftables.Conn
	table *nftables.Table
}

func apply(cfg Config, forwards []Forward) error {
	conn, err := nftables.New()
	if err != nil {
		return fmt.Errorf("open nftables: %w", err)
	}
	r := &ruleset{conn: conn, table: &nftables.Table{Family: nftables.TableFamilyIPv4, Name: "services"}}
	conn.AddTable(r.table) // so that it can be deleted
	conn.DelTable(r.table)
	conn.AddTable(r.table)
	r.addForwards(forwards)
	r.addHairpins(cfg.Node, forwards)
	r.addRefusals(cfg)
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("write nftables rules for services: %w", err)
	}
	return nil
}

func (r *ruleset) chain(name string) *nftables.Chain {
	return r.conn.AddChain(&nftables.Chain{Name: name, Table: r.table})
}

func (r *ruleset) hook(name string, kind nftables.ChainType, hook *nftables.ChainHook, priority *nftables.ChainPriority) *nftables.Chain {
	return r.conn.AddChain(&nftables.Chain{Name: name, Table: r.table, Type: kind, Hooknum: hook, Priority: priority})
}

func (r *ruleset) rule(c *nftables.Chain, parts ...[]expr.Any) {
	r.conn.AddRule(&nftables.Rule{Table: r.table, Chain: c, Exprs: nft.Rule(parts...)})
}

// addForwards: from Pods (prerouting) and from the node itself (output).
func (r *ruleset) addForwards(forwards []Forward) {
	services := r.chain("services")
	for i, f := range forwards {
		c := r.chain(fmt.Sprintf("service-%d", i))
		for j, to := range f.To {
			r.rule(c, nft.OneIn(len(f.To)-j), nft.Proto(protocol(f.Protocol)), nft.SendTo(to))
		}
		vip := netip.PrefixFrom(f.Address.Addr(), 32)
		r.rule(services, nft.To(vip, false), nft.Proto(protocol(f.Protocol)), nft.Port(f.Address.Port(), false), nft.Jump(c.Name))
	}
	for name, hook := range map[string]*nftables.ChainHook{
		"prerouting": nftables.ChainHookPrerouting, "output": nftables.ChainHookOutput,
	} {
		c := r.hook(name, nftables.ChainTypeNAT, hook, nftables.ChainPriorityNATDest)
		r.rule(c, nft.Jump(services.Name))
	}
}

func protocol(p corev1.Protocol) byte {
	switch p {
	case corev1.ProtocolUDP:
		return unix.IPPROTO_UDP
	case corev1.ProtocolSCTP:
		return unix.IPPROTO_SCTP
	default:
		return unix.IPPROTO_TCP
	}
}

// addHairpins serves Pods that reach themselves through a Service: the packet
// must not come back with the Pod's own address as its source.
func (r *ruleset) addHairpins(node netip.Addr, forwards []Forward) {
	c := r.hook("postrouting", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource)
	seen := map[netip.Addr]bool{node: true}
	for _, f := range forwards {
		for _, to := range f.To {
			if seen[to.Addr()] {
				continue
			}
			seen[to.Addr()] = true
			self := netip.PrefixFrom(to.Addr(), 32)
			r.rule(c, nft.From(self, false), nft.To(self, false), nft.SeemFrom(node))
		}
	}
}

// addRefusals answers at once what no Service takes.
func (r *ruleset) addRefusals(cfg Config) {
	for name, hook := range map[string]*nftables.ChainHook{
		"refuse-forward": nftables.ChainHookForward, "refuse-output": nftables.ChainHookOutput,
	} {
		c := r.hook(name, nftables.ChainTypeFilter, hook, nftables.ChainPriorityFilter)
		r.rule(c, nft.To(netip.PrefixFrom(cfg.DNS, 32), false), nft.Accept())
		r.rule(c, nft.To(cfg.Services, false), nft.ResetTCP())
		r.rule(c, nft.To(cfg.Services, false), nft.Refuse())
	}
}
