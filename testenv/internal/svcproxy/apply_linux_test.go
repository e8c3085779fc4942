package svcproxy

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { sandboxtest.Main(m) }

var testConfig = Config{
	Node:     netip.MustParseAddr("10.244.0.1"),
	Services: netip.MustParsePrefix("10.96.0.0/16"),
	DNS:      netip.MustParseAddr("10.96.0.10"),
}

// startPod makes a Pod's network with a server on port 8080 that says the Pod's
// address.
func startPod(t *testing.T, ip string) *sandbox.Network {
	t.Helper()
	n, err := sandbox.NewNetwork(sandbox.NetworkConfig{Pod: netip.MustParseAddr(ip), Node: testConfig.Node})
	if err != nil {
		t.Fatal(err)
	}
	var l net.Listener
	if err := n.Do(func() (err error) {
		l, err = net.Listen("tcp", ip+":8080")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, ip)
			_ = c.Close()
		}
	}()
	return n
}

func dial(t *testing.T, n *sandbox.Network, addr string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	c, err := n.Dial(ctx, "tcp", addr)
	if err != nil {
		return err.Error()
	}
	defer c.Close() //nolint:errcheck // it was only read
	_ = c.SetDeadline(time.Now().Add(3 * time.Second))
	b, err := io.ReadAll(c)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestKernelForwards(t *testing.T) {
	sandboxtest.Need(t)
	if err := sandbox.SetupNode(testConfig.Services, testConfig.Node, testConfig.DNS); err != nil {
		t.Fatal(err)
	}
	a, b, node := startPod(t, "10.244.1.1"), startPod(t, "10.244.1.2"), new(sandbox.Network)
	to := func(ips ...string) (all []netip.AddrPort) {
		for _, ip := range ips {
			all = append(all, netip.AddrPortFrom(netip.MustParseAddr(ip), 8080))
		}
		return all
	}
	tcp := func(vip string, to []netip.AddrPort) Forward {
		return Forward{Protocol: corev1.ProtocolTCP, Address: netip.MustParseAddrPort(vip), To: to}
	}
	err := apply(testConfig, []Forward{
		tcp("10.96.1.1:80", to("10.244.1.1", "10.244.1.2")),
		tcp("10.96.1.2:80", to("10.244.1.1")),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]*sandbox.Network{"pod a": a, "pod b": b, "node": node} {
		t.Run("shared among endpoints, from "+name, func(t *testing.T) {
			got := map[string]int{}
			for range 60 {
				got[dial(t, from, "10.96.1.1:80")]++
			}
			if got["10.244.1.1"]+got["10.244.1.2"] != 60 || got["10.244.1.1"] < 10 || got["10.244.1.2"] < 10 {
				t.Errorf("60 connections: %v", got)
			}
		})
	}
	t.Run("a pod reaches itself", func(t *testing.T) {
		for range 10 {
			if got := dial(t, a, "10.96.1.2:80"); got != "10.244.1.1" {
				t.Errorf("got %q", got)
			}
		}
	})
	t.Run("what no service takes is refused at once", func(t *testing.T) {
		for _, from := range []*sandbox.Network{a, node} {
			begin := time.Now()
			if got := dial(t, from, "10.96.1.3:80"); got == "" || time.Since(begin) > 2*time.Second {
				t.Errorf("got %q after %v", got, time.Since(begin))
			}
		}
	})
}
