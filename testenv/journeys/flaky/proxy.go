// Package flaky is a TCP proxy for tests that can be switched off and on: what
// is behind it is then out of reach, for those who come through it only.
package flaky

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Proxy passes connections on to one address.
type Proxy struct {
	to string

	mu       sync.Mutex
	address  string
	listener net.Listener
	open     map[net.Conn]bool
}

// New starts a proxy on a free port of this machine.
func New(to string) (*Proxy, error) {
	p := &Proxy{to: to, address: "127.0.0.1:0", open: map[net.Conn]bool{}}
	return p, p.On()
}

// Address is where the proxy listens; it stays the same over Off and On.
func (p *Proxy) Address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// On lets connections through.
func (p *Proxy) On() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", p.address) //nolint:noctx // a test's
	if err != nil {
		return fmt.Errorf("proxy to %s: %w", p.to, err)
	}
	p.listener, p.address = l, l.Addr().String()
	go p.accept(l)
	return nil
}

// Off refuses new connections and breaks those that are open.
func (p *Proxy) Off() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		return
	}
	_ = p.listener.Close() // it is gone either way
	p.listener = nil
	for c := range p.open {
		_ = c.Close() // likewise
	}
	clear(p.open)
}

func (p *Proxy) accept(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go p.pass(in)
	}
}

func (p *Proxy) pass(in net.Conn) {
	defer in.Close()                  //nolint:errcheck // both ends learn of it
	out, err := net.Dial("tcp", p.to) //nolint:noctx // a test's
	if err != nil {
		return
	}
	defer out.Close() //nolint:errcheck // both ends learn of it
	if !p.keep(in, out) {
		return
	}
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1]) // a broken connection is what this is for
			done <- struct{}{}
		}()
	}
	<-done
	p.forget(in, out)
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		return false
	}
	for _, c := range conns {
		p.open[c] = true
	}
	return true
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.open, c)
	}
}
