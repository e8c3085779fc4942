package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// podLink is the name of a Pod's only link besides lo.
const podLink = "eth0"

// Network is a Pod's network namespace. The zero value is the namespace of the
// node, for Pods with hostNetwork.
type Network struct {
	ns   netns.NsHandle
	own  bool
	link string // the node's end of the veth pair
}

// NewNetwork makes a namespace with lo and a veth pair to the node. No bridge:
// the node routes each Pod's address to its link, and each Pod everything to
// the node.
func NewNetwork(cfg NetworkConfig) (*Network, error) {
	n := &Network{own: true, link: linkName(cfg.Pod)}
	if err := n.unshare(); err != nil {
		return nil, fmt.Errorf("network of pod %s: make a namespace: %w", cfg.Pod, err)
	}
	steps := []func(NetworkConfig) error{n.connect, n.routeToPod, n.routeFromPod, n.sysctls}
	for _, step := range steps {
		if err := step(cfg); err != nil {
			return nil, errors.Join(fmt.Errorf("network of pod %s: %w", cfg.Pod, err), n.Close())
		}
	}
	return n, nil
}

// linkName derives a name of at most 15 characters from the address, so that a
// link left by an earlier Pod with this address is found and replaced.
func linkName(ip netip.Addr) string {
	b := ip.As4()
	return fmt.Sprintf("pod%02x%02x%02x%02x", b[0], b[1], b[2], b[3])
}

func (n *Network) unshare() error {
	return onThread(func() error {
		var err error
		n.ns, err = netns.New()
		return err
	})
}

// onThread runs fn, which changes the namespace of its thread, and puts the
// thread back. One that cannot be put back is thrown away with its goroutine.
func onThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		before, err := netns.Get()
		if err != nil {
			done <- fmt.Errorf("find the thread's network namespace: %w", err)
			return
		}
		defer before.Close() //nolint:errcheck // it was only read
		err = fn()
		if netns.Set(before) == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

func (n *Network) connect(NetworkConfig) error {
	if old, err := netlink.LinkByName(n.link); err == nil {
		if err := netlink.LinkDel(old); err != nil {
			return fmt.Errorf("remove the old link %s: %w", n.link, err)
		}
	}
	veth := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: n.link},
		PeerName:      podLink,
		PeerNamespace: netlink.NsFd(n.ns),
	}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("make the veth pair %s: %w", n.link, err)
	}
	return nil
}

func (n *Network) routeToPod(cfg NetworkConfig) error {
	link, err := netlink.LinkByName(n.link)
	if err != nil {
		return fmt.Errorf("find link %s: %w", n.link, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set link %s up: %w", n.link, err)
	}
	return netlink.RouteReplace(&netlink.Route{
		LinkIndex: link.Attrs().Index,
		Dst:       single(cfg.Pod),
		Src:       cfg.Node.AsSlice(),
		Scope:     netlink.SCOPE_LINK,
	})
}

func (n *Network) routeFromPod(cfg NetworkConfig) error {
	h, err := netlink.NewHandleAt(n.ns)
	if err != nil {
		return fmt.Errorf("talk to the pod's namespace: %w", err)
	}
	defer h.Close()
	if err := linkUp(h, "lo", netip.Addr{}); err != nil {
		return err
	}
	if err := linkUp(h, podLink, cfg.Pod); err != nil {
		return err
	}
	eth, err := h.LinkByName(podLink)
	if err != nil {
		return err
	}
	index := eth.Attrs().Index
	if err := h.RouteReplace(&netlink.Route{LinkIndex: index, Dst: single(cfg.Node), Scope: netlink.SCOPE_LINK}); err != nil {
		return fmt.Errorf("route to the node: %w", err)
	}
	if err := h.RouteReplace(&netlink.Route{LinkIndex: index, Gw: cfg.Node.AsSlice()}); err != nil {
		return fmt.Errorf("default route: %w", err)
	}
	return nil
}

func (n *Network) sysctls(cfg NetworkConfig) error {
	all := map[string]string{
		// As container runtimes do: ports below 1024 need no rights.
		"net.ipv4.ip_unprivileged_port_start": "0",
	}
	for k, v := range cfg.Sysctls {
		all[k] = v
	}
	return n.Do(func() error { return setSysctls(all) })
}

// linkUp sets a link up and gives it an address, unless that is the zero one.
func linkUp(h *netlink.Handle, name string, addr netip.Addr) error {
	link, err := h.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find link %s: %w", name, err)
	}
	if addr.IsValid() {
		if err := h.AddrReplace(link, &netlink.Addr{IPNet: single(addr)}); err != nil {
			return fmt.Errorf("give %s the address %s: %w", name, addr, err)
		}
	}
	if err := h.LinkSetUp(link); err != nil {
		return fmt.Errorf("set link %s up: %w", name, err)
	}
	return nil
}

func single(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
}

// Do runs fn on a thread inside the namespace. Sockets that fn opens stay in it.
func (n *Network) Do(fn func() error) error {
	if !n.own {
		return fn()
	}
	return onThread(func() error {
		if err := netns.Set(n.ns); err != nil {
			return fmt.Errorf("enter the pod's network namespace: %w", err)
		}
		return fn()
	})
}

// Dial connects from inside the namespace. The address must be numeric: names
// would be looked up outside.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := n.Do(func() error {
		var err error
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// NetNS is a file descriptor of the namespace, 0 for the node's own; it is
// valid until Close.
func (n *Network) NetNS() int {
	if !n.own {
		return 0
	}
	return int(n.ns)
}

// file duplicates the namespace's descriptor for a child process.
func (n *Network) file() (*os.File, error) {
	if !n.own {
		return os.Open("/proc/thread-self/ns/net")
	}
	fd, err := unix.FcntlInt(uintptr(n.ns), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate the network namespace: %w", err)
	}
	return os.NewFile(uintptr(fd), "netns"), nil
}

// Close removes the node's end of the link and lets the kernel drop the
// namespace once no process is left in it.
func (n *Network) Close() error {
	if !n.own || n.ns < 0 {
		return nil
	}
	if link, err := netlink.LinkByName(n.link); err == nil {
		if err := netlink.LinkDel(link); err != nil && !errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("remove link %s: %w", n.link, err)
		}
	}
	err := n.ns.Close()
	n.ns = -1
	return err
}
