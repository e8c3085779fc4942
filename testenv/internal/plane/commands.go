package plane

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"

	"github.com/headgate-ci/headgate/testenv/internal/proc"
)

// etcdSocket is where etcd listens, relative to the plane's folder: no port to
// find, and a path that is never too long for a socket.
const etcdSocket = "unix://etcd.sock"

func (p *Plane) etcd() proc.Command {
	const anyPort = "http://127.0.0.1:0" // there are no peers
	return proc.Command{Name: "etcd", Dir: p.cfg.Dir, Argv: []string{
		p.cfg.Binaries.Etcd, "--name=testenv", "--data-dir=etcd",
		"--listen-client-urls=" + etcdSocket, "--advertise-client-urls=" + etcdSocket,
		"--listen-peer-urls=" + anyPort, "--initial-advertise-peer-urls=" + anyPort, "--initial-cluster=testenv=" + anyPort,
		"--unsafe-no-fsync", "--log-level=warn",
	}}
}

func (p *Plane) apiserver() proc.Command {
	const issuer = "https://kubernetes.default.svc.cluster.local"
	return proc.Command{Name: "kube-apiserver", Dir: p.cfg.Dir, Ready: p.Server() + "/readyz", Argv: append([]string{
		p.cfg.Binaries.APIServer,
		"--etcd-servers=" + etcdSocket,
		"--bind-address=" + p.cfg.Bind, "--secure-port=" + strconv.Itoa(p.cfg.Port),
		// Nothing is announced: the node's proxy knows where the API server is.
		"--advertise-address=" + NodeIP, "--endpoint-reconciler-type=none",
		"--tls-cert-file=" + p.pki("apiserver.crt"), "--tls-private-key-file=" + p.pki("apiserver.key"),
		"--client-ca-file=" + p.pki("ca.crt"),
		"--service-account-issuer=" + issuer, "--api-audiences=" + issuer + ",istio-ca",
		"--service-account-key-file=" + p.pki("sa.pub"), "--service-account-signing-key-file=" + p.pki("sa.key"),
		"--authorization-mode=RBAC", "--service-cluster-ip-range=" + ServiceCIDR, "--allow-privileged",
		"--kubelet-client-certificate=" + p.pki("kubelet-client.crt"), "--kubelet-client-key=" + p.pki("kubelet-client.key"),
		"--kubelet-certificate-authority=" + p.pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
		// Webhooks go to endpoints, not to cluster addresses.
		"--enable-aggregator-routing",
		"--requestheader-client-ca-file=" + p.pki("ca.crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + p.pki("proxy-client.crt"), "--proxy-client-key-file=" + p.pki("proxy-client.key"),
		"--profiling=false",
	}, p.cfg.APIServerFlags...)}
}

func (p *Plane) controllerManager() (proc.Command, error) {
	port, err := freePort()
	if err != nil {
		return proc.Command{}, err
	}
	return proc.Command{Name: "kube-controller-manager", Argv: []string{
		p.cfg.Binaries.ControllerManager, "--kubeconfig=" + filepath.Join(p.cfg.Dir, "controller-manager.kubeconfig"),
		"--service-account-private-key-file=" + p.pki("sa.key"), "--root-ca-file=" + p.pki("ca.crt"),
		"--cluster-signing-cert-file=" + p.pki("ca.crt"), "--cluster-signing-key-file=" + p.pki("ca.key"),
		// One identity for all controllers, and no politeness towards the only
		// API server: making and fetching thirty identities took seconds.
		"--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=1000",
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port),
		"--node-monitor-grace-period=40s", "--profiling=false",
	}, Ready: fmt.Sprintf("https://127.0.0.1:%d/healthz", port), Client: insecure()}, nil
}

func (p *Plane) scheduler() proc.Command {
	return proc.Command{Name: "kube-scheduler", Argv: []string{
		p.cfg.Binaries.Scheduler, "--kubeconfig=" + filepath.Join(p.cfg.Dir, "scheduler.kubeconfig"),
		"--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=0", "--profiling=false",
	}}
}

// freePort is a port that nobody uses now. Somebody else may take it before it
// is used; the process then says so and the start fails with its log.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // nothing was sent
	return l.Addr().(*net.TCPAddr).Port, nil
}

// insecure asks a server that has made itself a certificate.
func insecure() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // on this machine, for its health
	}}
}
