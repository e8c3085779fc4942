package sandbox_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
)

// network makes a Pod's network that goes with the test.
func network(t *testing.T, pod string) *sandbox.Network {
	t.Helper()
	if err := sandbox.SetupNode(services, node); err != nil {
		t.Fatal(err)
	}
	n, err := sandbox.NewNetwork(sandbox.NetworkConfig{Pod: netip.MustParseAddr(pod), Node: node})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// answer listens in a Pod's network and tells each caller the address it comes from.
func answer(t *testing.T, n *sandbox.Network, addr string) {
	t.Helper()
	var l net.Listener
	err := n.Do(func() error {
		var err error
		l, err = net.Listen("tcp", addr)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			_, _ = io.WriteString(c, host)
			_ = c.Close()
		}
	}()
}

// ask connects and returns what answer said.
func ask(t *testing.T, n *sandbox.Network, addr string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := n.Dial(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestPodsReachEachOtherAndTheNode(t *testing.T) {
	sandboxtest.Need(t)
	a, b, host := network(t, "10.244.1.1"), network(t, "10.244.1.2"), new(sandbox.Network)
	answer(t, b, "0.0.0.0:80")
	answer(t, host, "10.244.0.1:81")
	answer(t, b, "127.0.0.1:82")
	tests := map[string]struct {
		from     *sandbox.Network
		to, want string
	}{
		"pod to pod":             {a, "10.244.1.2:80", "10.244.1.1"},
		"node to pod":            {host, "10.244.1.2:80", "10.244.0.1"},
		"pod to node":            {a, "10.244.0.1:81", "10.244.1.1"},
		"inside, on loopback":    {b, "127.0.0.1:82", "127.0.0.1"},
		"pod to its own address": {b, "10.244.1.2:80", "10.244.1.2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := ask(t, tt.from, tt.to); err != nil || got != tt.want {
				t.Errorf("seen from %q (error %v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestAddressCanBeUsedAgain(t *testing.T) {
	sandboxtest.Need(t)
	for range 3 {
		n, err := sandbox.NewNetwork(sandbox.NetworkConfig{Pod: netip.MustParseAddr("10.244.1.9"), Node: node})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContainerRunsInItsPodsNetwork(t *testing.T) {
	sandboxtest.Need(t)
	n := network(t, "10.244.1.3")
	var out bytes.Buffer
	p, err := sandbox.Start(n, shell(t, "cat /proc/net/fib_trie; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"), sandbox.Stdio{Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	p.Exit()
	if !bytes.Contains(out.Bytes(), []byte("10.244.1.3")) || !bytes.HasSuffix(out.Bytes(), []byte("\n0\n")) {
		t.Errorf("addresses and settings seen by the container: %s", out.String())
	}
}
