//go:build !linux

package sandbox

import (
	"context"
	"net"
	"net/netip"
)

// Network is a Pod's network namespace; here there is none.
type Network struct{}

// NewNetwork fails with ErrUnsupported.
func NewNetwork(NetworkConfig) (*Network, error) { return nil, ErrUnsupported }

// SetupNode fails with ErrUnsupported.
func SetupNode(netip.Prefix, netip.Addr, ...netip.Addr) error { return ErrUnsupported }

// Do fails with ErrUnsupported.
func (*Network) Do(func() error) error { return ErrUnsupported }

// Dial fails with ErrUnsupported.
func (*Network) Dial(context.Context, string, string) (net.Conn, error) { return nil, ErrUnsupported }

// NetNS is 0.
func (*Network) NetNS() int { return 0 }

// Close does nothing.
func (*Network) Close() error { return nil }

// Process is a running container; here there is none.
type Process struct{}

// Start fails with ErrUnsupported.
func Start(*Network, Spec, Stdio) (*Process, error) { return nil, ErrUnsupported }

// Exec fails with ErrUnsupported.
func (*Process) Exec(context.Context, []string, Stdio) (Exit, error) { return Exit{}, ErrUnsupported }

// Done never closes.
func (*Process) Done() <-chan struct{} { return nil }

// Exit is the zero Exit.
func (*Process) Exit() Exit { return Exit{} }

// Terminate fails with ErrUnsupported.
func (*Process) Terminate() error { return ErrUnsupported }

// Kill fails with ErrUnsupported.
func (*Process) Kill() error { return ErrUnsupported }

// Behind does nothing.
func (*Process) Behind(bool) {}

// PID is 0.
func (*Process) PID() int { return 0 }
