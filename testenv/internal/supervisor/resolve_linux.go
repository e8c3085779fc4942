package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/headgate-ci/headgate/testenv/internal/plane"
)

// resolved is the socket folder of a resolver that many machines ask before
// they look into resolv.conf.
const resolved = "/run/systemd/resolve"

// resolve has programs in the environment ask the cluster's DNS server. It is
// a convenience: where it cannot be had, names of Services do not resolve on
// the node, and everything else works.
func resolve(dir string) error {
	text := fmt.Sprintf("nameserver %s\nsearch svc.cluster.local cluster.local\noptions ndots:5\n", plane.DNSIP)
	target, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil {
		return fmt.Errorf("/etc/resolv.conf: %w", err)
	}
	own := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(own, []byte(text), 0o644); err != nil { //nolint:gosec // as every resolv.conf
		return err
	}
	if _, err := os.Stat(resolved); err == nil {
		if err := unix.Mount("tmpfs", resolved, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("hide %s: %w", resolved, err)
		}
		if strings.HasPrefix(target, resolved) {
			return os.WriteFile(target, []byte(text), 0o644) //nolint:gosec // as every resolv.conf
		}
	}
	if now, err := os.ReadFile(target); err == nil && bytes.Equal(now, []byte(text)) {
		return nil
	}
	return unix.Mount(own, target, "", unix.MS_BIND, "")
}
