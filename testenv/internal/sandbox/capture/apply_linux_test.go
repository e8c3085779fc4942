package capture_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/capture"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { sandboxtest.Main(m) }

// listen answers each connection inside a Pod with a word.
func listen(t *testing.T, n *sandbox.Network, addr, word string) {
	t.Helper()
	var l net.Listener
	err := n.Do(func() (err error) {
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
			_, _ = io.WriteString(c, word)
			_ = c.Close()
		}
	}()
}

func dial(t *testing.T, n *sandbox.Network, addr string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c, err := n.Dial(ctx, "tcp", addr)
	if err != nil {
		return err.Error()
	}
	defer c.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(c)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestKernelRedirects(t *testing.T) {
	sandboxtest.Need(t)
	node, pod := netip.MustParseAddr("10.244.0.1"), netip.MustParseAddr("10.244.1.1")
	services := netip.MustParsePrefix("10.96.0.0/16")
	if err := sandbox.SetupNode(services, node); err != nil {
		t.Fatal(err)
	}
	n, err := sandbox.NewNetwork(sandbox.NetworkConfig{Pod: pod, Node: node})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	for addr, word := range map[string]string{":15001": "out", ":15006": "in", ":8080": "app", ":15021": "health"} {
		listen(t, n, addr, word)
	}
	cfg, err := capture.Parse(strings.Split("-p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020", " "))
	if err != nil {
		t.Fatal(err)
	}
	rules := cfg.Rules()
	if sandboxtest.Rootless() {
		rules = cfg.RulesWithoutOwner(services)
	}
	for range 2 { // a second time replaces the first
		if err := capture.Apply(n.NetNS(), rules); err != nil {
			t.Fatal(err)
		}
	}
	outside := new(sandbox.Network)
	for _, tt := range []struct {
		reason   string
		from     *sandbox.Network
		to, want string
	}{
		{"from the node to the application", outside, "10.244.1.1:8080", "in"},
		{"from the node to the proxy's probe port", outside, "10.244.1.1:15021", "health"},
		{"from the application to a service", n, "10.96.1.1:80", "out"},
		{"inside the pod", n, "127.0.0.1:8080", "app"},
	} {
		if got := dial(t, tt.from, tt.to); got != tt.want {
			t.Errorf("%s: answered by %q, want %q", tt.reason, got, tt.want)
		}
	}
}
