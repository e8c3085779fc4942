// Package plane runs a Kubernetes control plane as processes: etcd, the API
// server, and where they are wanted the controller manager and the scheduler.
//
// A cluster that has just been installed is kept as a template, data and
// certificates together: the next one starts from a copy of it, which saves
// most of the time that an empty etcd costs.
package plane

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	// Bind is the address to listen on; all of them when empty.
	Bind string
	// Ports of etcd and the API server; random ones when zero.
	EtcdPort, EtcdPeerPort, APIPort int
}

// Plane is a control plane that runs.
type Plane struct {
	cfg   Config
	procs *proc.Group
}

// New prepares a control plane in a folder that holds a copy of a template, or
// nothing yet.
func New(cfg Config) (*Plane, error) {
	for _, dir := range []string{"etcd", "logs"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, dir), 0o700); err != nil {
			return nil, err
		}
	}
	p := &Plane{cfg: cfg, procs: proc.NewGroup(filepath.Join(cfg.Dir, "logs"))}
	if _, err := os.Stat(p.pki("ca.crt")); errors.Is(err, os.ErrNotExist) {
		if err := makePKI(p.pki()); err != nil {
			return nil, err
		}
	}
	for _, port := range []*int{&p.cfg.EtcdPort, &p.cfg.EtcdPeerPort, &p.cfg.APIPort} {
		if *port == 0 {
			free, err := freePort()
			if err != nil {
				return nil, err
			}
			*port = free
		}
	}
	return p, nil
}

// Processes are the control plane's, for others to join.
func (p *Plane) Processes() *proc.Group { return p.procs }

// Server is the API server's URL.
func (p *Plane) Server() string { return "https://127.0.0.1:" + strconv.Itoa(p.cfg.APIPort) }

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
	if err := p.procs.Start(p.apiserver()); err != nil {
		return err
	}
	return p.WaitAPI(ctx)
}

// WaitAPI waits until the API server is ready.
func (p *Plane) WaitAPI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	client, err := rest.HTTPClientFor(p.Config())
	if err != nil {
		return fmt.Errorf("make a client for the API server: %w", err)
	}
	return p.procs.WaitReady(ctx, "kube-apiserver", p.Server()+"/readyz", client)
}

// StartControllers starts the controller manager, and the scheduler too where
// there is a node.
func (p *Plane) StartControllers(ctx context.Context, scheduler bool) error {
	for _, user := range []string{"controller-manager", "scheduler"} {
		if err := p.Kubeconfig(filepath.Join(p.cfg.Dir, user+".kubeconfig"), user, ""); err != nil {
			return err
		}
	}
	cmd, health, err := p.controllerManager()
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
	return p.procs.WaitReady(ctx, cmd.Name, health, insecure())
}

// Stop ends everything.
func (p *Plane) Stop() { p.procs.Stop(5 * time.Second) }

// RestartAPI stops the API server for as long as fn takes, for tests of
// outages.
func (p *Plane) RestartAPI(ctx context.Context, fn func()) error {
	p.procs.StopOne("kube-apiserver", 2*time.Second)
	fn()
	if err := p.procs.Start(p.apiserver()); err != nil {
		return err
	}
	return p.WaitAPI(ctx)
}

func insecure() *http.Client { return &http.Client{Transport: insecureTransport()} }
