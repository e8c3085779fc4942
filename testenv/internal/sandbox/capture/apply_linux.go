package capture

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox/nft"
)

// table holds the two chains of a Pod.
const table = "istio"

// Apply puts the rules into a network namespace, in place of earlier ones.
func Apply(netNS int, rules Rules) error {
	conn, err := nftables.New(nftables.WithNetNSFd(netNS))
	if err != nil {
		return fmt.Errorf("capture: open nftables: %w", err)
	}
	t := &nftables.Table{Family: nftables.TableFamilyIPv4, Name: table}
	conn.AddTable(t) // so that it can be deleted
	conn.DelTable(t)
	conn.AddTable(t)
	addChain(conn, t, "inbound", nftables.ChainHookPrerouting, rules.Inbound, nft.In)
	addChain(conn, t, "outbound", nftables.ChainHookOutput, rules.Outbound, nft.Out)
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("capture: write nftables rules (the kernel needs nf_tables with nat and redirect): %w", err)
	}
	return nil
}

func addChain(conn *nftables.Conn, t *nftables.Table, name string, hook *nftables.ChainHook, rules []Rule, link func(string) []expr.Any) {
	chain := conn.AddChain(&nftables.Chain{
		Name: name, Table: t, Type: nftables.ChainTypeNAT,
		Hooknum: hook, Priority: nftables.ChainPriorityNATDest,
	})
	for _, r := range rules {
		conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: r.expressions(link)})
	}
}

func (r Rule) expressions(link func(string) []expr.Any) []expr.Any {
	parts := [][]expr.Any{}
	add := func(wanted bool, part func() []expr.Any) {
		if wanted {
			parts = append(parts, part())
		}
	}
	add(r.Link != "", func() []expr.Any { return link(r.Link) })
	add(r.TCP, func() []expr.Any { return nft.Proto(unix.IPPROTO_TCP) })
	add(r.Port != 0, func() []expr.Any { return nft.Port(r.Port, false) })
	add(r.NotPort != 0, func() []expr.Any { return nft.Port(r.NotPort, true) })
	add(r.To.IsValid(), func() []expr.Any { return nft.To(r.To, false) })
	add(r.NotTo.IsValid(), func() []expr.Any { return nft.To(r.NotTo, true) })
	add(r.From.IsValid(), func() []expr.Any { return nft.From(r.From, false) })
	add(r.User != nil, func() []expr.Any { return nft.User(r.User.ID, r.User.Not) })
	add(r.Group != nil, func() []expr.Any { return nft.Group(r.Group.ID, r.Group.Not) })
	add(r.Redirect != 0, func() []expr.Any { return nft.Redirect(r.Redirect) })
	add(r.Redirect == 0, nft.Accept)
	return nft.Rule(parts...)
}
