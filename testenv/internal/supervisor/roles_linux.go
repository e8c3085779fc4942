package supervisor

import (
	"net/netip"
	"os"

	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// The names under which this program starts itself again. The last two get
// the environment's folder as their argument.
const (
	probeRole      = "headgate-probe"
	initRole       = "headgate-init"
	supervisorRole = "headgate-supervisor"
)

func init() {
	reexec.Register(probeRole, try)
	reexec.Register(initRole, func() { os.Exit(beInit(os.Args[1])) })
	reexec.Register(supervisorRole, func() { os.Exit(supervise(os.Args[1])) })
}

var (
	servicePrefix = netip.MustParsePrefix(plane.ServiceCIDR)
	podPrefix     = netip.MustParsePrefix(plane.PodCIDR)
	nodeAddr      = netip.MustParseAddr(plane.NodeIP)
	dnsAddr       = netip.MustParseAddr(plane.DNSIP)
)
