package supervisor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/headgate-ci/headgate/testenv/internal/node"
	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/svcproxy"
)

// startNode runs the node and its service proxy in this process. Whether they
// work shows when the gateway's Pod gets ready.
func (s *supervisor) startNode(ctx context.Context) {
	go func() {
		if err := s.runNode(ctx); err != nil {
			s.log.Error("the node ended", "error", err)
		}
	}()
	go func() {
		err := svcproxy.Run(ctx, svcproxy.Config{
			REST: s.plane.Config(), Node: nodeAddr, Services: servicePrefix, DNS: dnsAddr,
			APIServer: netip.AddrPortFrom(nodeAddr, apiPort), Log: s.logger("service-proxy"),
		})
		if err != nil {
			s.log.Error("the service proxy ended", "error", err)
		}
	}()
}

func (s *supervisor) runNode(ctx context.Context) error {
	dir, bins := s.order.Dir, s.order.Binaries
	pem := map[string][]byte{}
	for _, name := range []string{"kubelet.crt", "kubelet.key", "ca.crt"} {
		data, err := os.ReadFile(s.plane.PKI(name)) //nolint:gosec // names of ours
		if err != nil {
			return fmt.Errorf("certificates of the node: %w", err)
		}
		pem[name] = data
	}
	return node.Run(ctx, node.Config{
		REST: s.plane.Config(), Name: plane.NodeName,
		Node: nodeAddr, Pods: podPrefix, Services: servicePrefix, DNS: dnsAddr,
		Images: image.Chain{
			image.Folder(Images(dir)),
			image.Proxy{PilotAgent: bins.PilotAgent, Envoy: bins.Envoy, Bootstrap: bins.Bootstrap},
		},
		Dir: filepath.Join(dir, "node"), LogDir: filepath.Join(Logs(dir), "pods"),
		Cert: pem["kubelet.crt"], Key: pem["kubelet.key"], ClientCA: pem["ca.crt"],
		Rootless: s.order.Rootless, Log: s.logger("node"),
	})
}
