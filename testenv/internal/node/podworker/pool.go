package podworker

import (
	"fmt"
	"net/netip"
	"sync"
)

// Pool hands out addresses for Pods. An address that came back is used again
// as late as possible, so that nobody takes a new Pod for an old one.
type Pool struct {
	mu   sync.Mutex
	cidr netip.Prefix
	last netip.Addr
	used map[netip.Addr]bool
}

// reserved is how many addresses at the start of the range are not for Pods:
// the network's own, the node's, and some to spare.
const reserved = 9

// NewPool makes a pool of a range of IPv4 addresses.
func NewPool(r netip.Prefix) *Pool {
	last := r.Masked().Addr()
	for range reserved {
		last = last.Next()
	}
	return &Pool{cidr: r.Masked(), last: last, used: map[netip.Addr]bool{}}
}

// Take returns an address that nobody has.
func (p *Pool) Take() (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wrapped := false
	for a := p.last.Next(); ; a = a.Next() {
		// The last address of a range is for broadcasts.
		if !p.cidr.Contains(a.Next()) {
			if wrapped {
				return netip.Addr{}, fmt.Errorf("no address is left in %s", p.cidr)
			}
			wrapped = true
			a = NewPool(p.cidr).last
			continue
		}
		if !p.used[a] {
			p.used[a], p.last = true, a
			return a, nil
		}
	}
}

// Return gives an address back.
func (p *Pool) Return(a netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.used, a)
}
