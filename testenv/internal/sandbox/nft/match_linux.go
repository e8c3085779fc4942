// Package nft builds the expressions of nftables rules from small words, so
// that the rules of capture and of service addresses read like rules.
package nft

import (
	"net/netip"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Offsets into the IPv4 and the TCP or UDP header.
const (
	offsetSource, offsetDestination = 12, 16
	offsetPort                      = 2
)

// Rule joins the parts of one rule.
func Rule(parts ...[]expr.Any) []expr.Any {
	var all []expr.Any
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Proto matches the transport protocol, e.g. unix.IPPROTO_TCP.
func Proto(p byte) []expr.Any {
	return compare(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, []byte{p}, false)
}

// Port matches the destination port, or all others.
func Port(port uint16, not bool) []expr.Any {
	load := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offsetPort, Len: 2}
	return compare(load, binaryutil.BigEndian.PutUint16(port), not)
}

// To matches the destination address, or all others.
func To(p netip.Prefix, not bool) []expr.Any { return address(offsetDestination, p, not) }

// From matches the source address, or all others.
func From(p netip.Prefix, not bool) []expr.Any { return address(offsetSource, p, not) }

func address(offset uint32, p netip.Prefix, not bool) []expr.Any {
	p = p.Masked()
	mask := make([]byte, 4)
	for i := range p.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: op(not), Register: 1, Data: p.Addr().AsSlice()},
	}
}

// In matches the link that a packet came by.
func In(link string) []expr.Any { return linkIs(expr.MetaKeyIIFNAME, link) }

// Out matches the link that a packet leaves by.
func Out(link string) []expr.Any { return linkIs(expr.MetaKeyOIFNAME, link) }

func linkIs(key expr.MetaKey, link string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, link)
	return compare(&expr.Meta{Key: key, Register: 1}, name, false)
}

// User matches packets of sockets that a user owns, or all others.
func User(id uint32, not bool) []expr.Any { return owner(expr.MetaKeySKUID, id, not) }

// Group matches packets of sockets that a group owns, or all others.
func Group(id uint32, not bool) []expr.Any { return owner(expr.MetaKeySKGID, id, not) }

func owner(key expr.MetaKey, id uint32, not bool) []expr.Any {
	return compare(&expr.Meta{Key: key, Register: 1}, binaryutil.NativeEndian.PutUint32(id), not)
}

func compare(load expr.Any, data []byte, not bool) []expr.Any {
	return []expr.Any{load, &expr.Cmp{Op: op(not), Register: 1, Data: data}}
}

func op(not bool) expr.CmpOp {
	if not {
		return expr.CmpOpNeq
	}
	return expr.CmpOpEq
}
