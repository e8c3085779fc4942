package mesh

import (
	"fmt"
	"os"
	"strings"
)

// Istiod says how to run istiod.
type Istiod struct {
	// Binary is the path of pilot-discovery.
	Binary string
	// Kubeconfig is a file with the rights of an administrator.
	Kubeconfig string
	// Dir is a folder of its own; istiod keeps its certificates below it.
	Dir string
}

// debugAddress serves istiod's readiness; it is not the default port 8080, so
// that a Pod of the node's own network can have that one.
const debugAddress = "127.0.0.1:15080"

// Prepare makes the folder and returns the process. It needs the objects of
// Install, and finds the ports of this package free on the node.
func (i Istiod) Prepare() (Command, error) {
	if err := os.MkdirAll(i.Dir, 0o700); err != nil {
		return Command{}, err
	}
	return Command{
		Argv: []string{
			i.Binary, "discovery",
			"--kubeconfig=" + i.Kubeconfig,
			"--domain=cluster.local",
			"--httpAddr=" + debugAddress,
			fmt.Sprintf("--grpcAddr=:%d", plainPort),
			fmt.Sprintf("--secureGRPCAddr=:%d", discoveryPort),
			fmt.Sprintf("--httpsAddr=:%d", webhookPort),
			fmt.Sprintf("--monitoringAddr=:%d", monitoringPort),
			"--ctrlz_port=0",
			"--log_output_level=default:info",
		},
		Env:   strings.Fields(istiodEnv),
		Dir:   i.Dir,
		Ready: "http://" + debugAddress + "/ready",
	}, nil
}

// istiodEnv is istiod's environment. The first three lines keep filters that
// upstream Envoy lacks out of the proxies' configuration. Native sidecars are
// asked for outright, because istiod may start before the node has told its
// version.
const istiodEnv = `
PILOT_ENABLE_METADATA_EXCHANGE=false
PILOT_ENABLE_ALPN_FILTER=false
PILOT_DISABLE_MX_ALPN=true
ENABLE_NATIVE_SIDECARS=true
PILOT_ENABLE_ANALYSIS=false
PILOT_CERT_PROVIDER=istiod
CLUSTER_ID=Kubernetes
REVISION=default
POD_NAME=istiod
POD_NAMESPACE=istio-system
SERVICE_ACCOUNT=istiod
`
