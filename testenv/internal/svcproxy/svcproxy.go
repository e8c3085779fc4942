// Package svcproxy makes the Services of a one-node cluster work: a connection
// to a Service's address goes to one of its ready endpoints, by nftables and
// without a process in between, and the Services' names resolve. It does the
// work of kube-proxy and of the cluster's DNS server.
package svcproxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/svcproxy/clusterdns"
)

// Config says which Services to serve, and where.
type Config struct {
	REST     *rest.Config
	Node     netip.Addr   // the node's own address
	Services netip.Prefix // the Services' range
	DNS      netip.Addr   // the DNS server's address, inside Services
	Domain   string       // the cluster's domain; cluster.local when empty
	// APIServer is where the Service default/kubernetes leads when the API
	// server publishes no endpoints for it. It must not be a loopback address.
	APIServer netip.AddrPort
	Log       *slog.Logger // nil for none
}

// settle is how long changes are gathered before they are applied: an update of
// a Deployment changes several EndpointSlices at once.
const settle = 5 * time.Millisecond

// Run serves until ctx ends. It configures the network namespace it runs in.
func Run(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	client, err := kubernetes.NewForConfig(cfg.REST)
	if err != nil {
		return fmt.Errorf("service proxy: %w", err)
	}
	if err := sandbox.SetupNode(cfg.Services, cfg.Node, cfg.DNS); err != nil {
		return fmt.Errorf("service proxy: %w", err)
	}
	dns, err := clusterdns.Listen(ctx, netip.AddrPortFrom(cfg.DNS, 53), cfg.Domain)
	if err != nil {
		return fmt.Errorf("service proxy: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		failed <- dns.Serve(ctx)
		stop()
	}()
	go reserveDNS(ctx, client, cfg)
	p := &proxy{cfg: cfg, dns: dns, changed: make(chan struct{}, 1)}
	err = p.run(ctx, informers.NewSharedInformerFactory(client, 0))
	stop()
	return errors.Join(err, <-failed)
}

func (c Config) withDefaults() Config {
	if c.Domain == "" {
		c.Domain = "cluster.local"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// proxy keeps the kernel's rules and the DNS zone in step with the cluster.
type proxy struct {
	cfg     Config
	dns     *clusterdns.Server
	changed chan struct{}
	applied []Forward
}

func (p *proxy) run(ctx context.Context, factory informers.SharedInformerFactory) error {
	services, slices := factory.Core().V1().Services(), factory.Discovery().V1().EndpointSlices()
	view := &view{services: services.Lister(), slices: slices.Lister()}
	notify := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { p.poke() },
		UpdateFunc: func(any, any) { p.poke() },
		DeleteFunc: func(any) { p.poke() },
	}
	for _, informer := range []cache.SharedIndexInformer{services.Informer(), slices.Informer()} {
		if _, err := informer.AddEventHandler(notify); err != nil {
			return fmt.Errorf("service proxy: %w", err)
		}
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	factory.WaitForCacheSync(ctx.Done())
	p.poke()
	return p.loop(ctx, view)
}

func (p *proxy) poke() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

func (p *proxy) loop(ctx context.Context, v *view) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.changed:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(settle):
		}
		if err := p.sync(v); err != nil {
			p.cfg.Log.Error("service proxy: cannot apply, will retry", "error", err)
			time.AfterFunc(time.Second, p.poke)
		}
	}
}

func (p *proxy) sync(v *view) error {
	services, err := v.read()
	if err != nil {
		return err
	}
	p.dns.SetZone(zone(services, p.cfg.Domain))
	forwards := forwards(services, p.cfg.APIServer)
	if equal(forwards, p.applied) && p.applied != nil {
		return nil
	}
	if err := apply(p.cfg, forwards); err != nil {
		return err
	}
	p.applied = forwards
	return nil
}
