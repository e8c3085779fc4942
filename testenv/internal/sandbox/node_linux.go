package sandbox

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
)

// SetupNode makes the current network namespace fit to be a node: lo is up and
// carries the given addresses, packets are forwarded between Pods, and the
// Services' range leads somewhere, so that a connection to it can begin and be
// redirected. It may be called again.
func SetupNode(services netip.Prefix, node netip.Addr, more ...netip.Addr) error {
	h, err := netlink.NewHandle()
	if err != nil {
		return fmt.Errorf("node network: %w", err)
	}
	defer h.Close()
	for _, a := range append([]netip.Addr{node}, more...) {
		if err := linkUp(h, "lo", a); err != nil {
			return fmt.Errorf("node network: %w", err)
		}
	}
	if err := setSysctls(map[string]string{"net.ipv4.ip_forward": "1"}); err != nil {
		return fmt.Errorf("node network: %w", err)
	}
	lo, err := h.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("node network: %w", err)
	}
	dst := single(services.Masked().Addr())
	dst.Mask = maskOf(services)
	route := &netlink.Route{LinkIndex: lo.Attrs().Index, Dst: dst, Src: node.AsSlice(), Scope: netlink.SCOPE_LINK}
	if err := h.RouteReplace(route); err != nil {
		return fmt.Errorf("node network: route to services %s: %w", services, err)
	}
	return nil
}

func maskOf(p netip.Prefix) []byte {
	mask := make([]byte, p.Addr().BitLen()/8)
	for i := range p.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return mask
}

// setSysctls writes kernel settings of the calling thread's network namespace.
func setSysctls(settings map[string]string) error {
	for name, value := range settings {
		if !strings.HasPrefix(name, "net.") {
			return fmt.Errorf("sysctl %s: only net.* belongs to a pod", name)
		}
		path := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
		if now, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(now)) == value { //nolint:gosec // below /proc/sys
			continue
		}
		if err := os.WriteFile(path, []byte(value), 0o600); err != nil { // it exists, so the mode is of no account
			return fmt.Errorf("sysctl %s: %w", name, err)
		}
	}
	return nil
}
