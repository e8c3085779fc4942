package clusterdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Server answers over UDP and TCP.
type Server struct {
	domain string
	zone   atomic.Pointer[Zone]
	udp    net.PacketConn
	tcp    net.Listener
}

// Listen opens the sockets; Serve then answers. Until the first SetZone no name
// exists.
func Listen(ctx context.Context, addr netip.AddrPort, domain string) (*Server, error) {
	udp, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", addr.String())
	if err != nil {
		return nil, fmt.Errorf("cluster DNS: %w", err)
	}
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp4", udp.LocalAddr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cluster DNS: %w", err), udp.Close())
	}
	s := &Server{domain: domain, udp: udp, tcp: tcp}
	s.SetZone(Zone{})
	return s, nil
}

// SetZone replaces everything the server knows. The zone must not be changed
// afterwards.
func (s *Server) SetZone(z Zone) { s.zone.Store(&z) }

// Addr is where the server listens.
func (s *Server) Addr() netip.AddrPort {
	return s.tcp.Addr().(*net.TCPAddr).AddrPort()
}

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context) error {
	handler := dns.HandlerFunc(s.handle)
	servers := []*dns.Server{
		{PacketConn: s.udp, Handler: handler},
		{Listener: s.tcp, Handler: handler},
	}
	stopped := make(chan error, len(servers))
	for _, server := range servers {
		go func() { stopped <- server.ActivateAndServe() }()
	}
	var err error
	left := len(servers)
	select {
	case <-ctx.Done():
	case err = <-stopped:
		left--
	}
	// Closing the sockets ends what still serves, whether it had begun or not.
	_, _ = s.udp.Close(), s.tcp.Close()
	for range left {
		err = errors.Join(err, <-stopped)
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("cluster DNS: %w", err)
}

func (s *Server) handle(w dns.ResponseWriter, query *dns.Msg) {
	reply := s.zone.Load().answer(s.domain, query)
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size := dns.MinMsgSize
		if opt := query.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
		reply.Truncate(size)
	}
	_ = w.WriteMsg(reply) // the client will ask again
}
