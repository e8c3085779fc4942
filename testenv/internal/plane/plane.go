// Package plane runs a Kubernetes control plane as processes: etcd, the API
// server, and where they are wanted the controller manager and the scheduler.
//
// The data of a cluster that has just been installed is kept as a template: the
// next one starts from a copy of it, which saves most of the time that an empty
// etcd costs. Certificates are new each time.
package plane

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/proc"
)

// The cluster's addresses. They are the same in every environment, since each
// has a network of its own.
const (
	NodeName    = "testenv"
	NodeIP      = "10.244.0.1"
	PodCIDR     = "10.244.0.0/16"
	ServiceCIDR = "10.96.0.0/16"
	APIServerIP = "10.96.0.1" // the Service kubernetes.default
	DNSIP       = "10.96.0.10"
)

// Config says what to run and where.
type Config struct {
	Binaries *binaries.Set
	// Dir holds the data, the certificates and the logs.
	Dir string
	// Bind is the address that the API server listens on, Port its port; a
	// random one when zero.
	Bind string
	Port int
	// Address is a further one that the API server is reached at, for its
	// certificate; nil for none.
	Address net.IP
	// APIServerFlags are further flags of the API server.
	APIServerFlags []string
}

// Plane is a control plane that runs.
type Plane struct {
	cfg   Config
	procs *proc.Group
}

// New prepares a control plane in a folder that holds a copy of a template, or
// nothing yet.
func New(cfg Config) (*Plane, error) {
	logs := filepath.Join(cfg.Dir, "logs")
	for _, dir := range []string{filepath.Join(cfg.Dir, "etcd"), logs} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	p := &Plane{cfg: cfg, procs: proc.NewGroup(logs)}
	if err := makePKI(p.pki(), cfg.Address); err != nil {
		return nil, fmt.Errorf("certificates of the control plane: %w", err)
	}
	if cfg.Port == 0 {
		var err error
		if p.cfg.Port, err = freePort(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Processes are the control plane's, for others to join.
func (p *Plane) Processes() *proc.Group { return p.procs }

// Server is the API server's URL.
func (p *Plane) Server() string { return "https://127.0.0.1:" + strconv.Itoa(p.cfg.Port) }

// Config connects as an administrator.
func (p *Plane) Config() *rest.Config { return restConfig(p.pki(), "admin", p.Server()) }

// Kubeconfig writes a kubeconfig for an identity: admin, controller-manager,
// scheduler. An empty server means the plane's own.
func (p *Plane) Kubeconfig(to, user, server string) error {
	if server == "" {
		server = p.Server()
	}
	return writeKubeconfig(to, p.pki(), user, server)
}

// PKI is the path of a file among the certificates.
func (p *Plane) PKI(name string) string { return p.pki(name) }

func (p *Plane) pki(parts ...string) string {
	return filepath.Join(append([]string{p.cfg.Dir, "pki"}, parts...)...)
}

// StartAPI starts etcd and the API server and waits until they answer.
func (p *Plane) StartAPI(ctx context.Context) error {
	if err := p.procs.Start(p.etcd()); err != nil {
		return err
	}
	apiserver := p.apiserver()
	var err error
	if apiserver.Client, err = rest.HTTPClientFor(p.Config()); err != nil {
		return fmt.Errorf("make a client for the API server: %w", err)
	}
	if err := p.procs.Start(apiserver); err != nil {
		return err
	}
	return p.WaitAPI(ctx)
}

// WaitAPI waits until the API server is ready.
func (p *Plane) WaitAPI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return p.procs.WaitReady(ctx, "kube-apiserver")
}

// StartControllers starts the controller manager, and the scheduler too where
// there is a node.
func (p *Plane) StartControllers(ctx context.Context, scheduler bool) error {
	for _, user := range []string{"controller-manager", "scheduler"} {
		if err := p.Kubeconfig(filepath.Join(p.cfg.Dir, user+".kubeconfig"), user, ""); err != nil {
			return err
		}
	}
	cmd, err := p.controllerManager()
	if err != nil {
		return err
	}
	if err := p.procs.Start(cmd); err != nil {
		return err
	}
	if scheduler {
		if err := p.procs.Start(p.scheduler()); err != nil {
			return err
		}
	}
	return p.procs.WaitReady(ctx, cmd.Name)
}

// Stop ends everything, by force what takes longer than grace.
func (p *Plane) Stop(grace time.Duration) { p.procs.Stop(grace) }
