// Package node is a Kubernetes node on one machine: it registers itself and
// runs the Pods that are scheduled to it as processes in namespaces of their
// own. To the cluster it looks like any other node; what a container runtime
// and a kubelet do elsewhere is done here by one program without either.
//
// It must be the first process of a PID namespace (or a descendant that dies
// with it) and have a network namespace to itself: it relies on the kernel to
// end all Pods when it ends, however it ends.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"

	"github.com/headgate-ci/headgate/testenv/internal/node/kubelet"
	"github.com/headgate-ci/headgate/testenv/internal/node/podworker"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// Config describes the node.
type Config struct {
	REST *rest.Config // with the rights of a node, of all nodes, or more
	Name string

	Node     netip.Addr   // the node's address
	Pods     netip.Prefix // the range of Pods' addresses; Node may be in it
	Services netip.Prefix // the range of Services' addresses
	DNS      netip.Addr   // the cluster's DNS server
	Domain   string       // the cluster's domain; cluster.local when empty

	Images podworker.Images
	Dir    string // state: emptied at the start and at the end
	LogDir string // output of containers

	// Cert and Key serve the kubelet's port, ClientCA says who may call it. All
	// are PEM. No such server runs when Cert is empty.
	Cert, Key, ClientCA []byte

	Rootless bool         // there is one user only: nobody else can be become
	Log      *slog.Logger // nil for none
}

func (c Config) withDefaults() Config {
	if c.Domain == "" {
		c.Domain = "cluster.local"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	// The node is one of few clients of its own API server: no need to be polite.
	c.REST = rest.CopyConfig(c.REST)
	c.REST.QPS = -1
	return c
}

// Run is the node until ctx ends. All Pods have ended when it returns; they
// stay in the API server and run again at the next Run.
func Run(ctx context.Context, cfg Config) error {
	cfg = cfg.withDefaults()
	client, err := kubernetes.NewForConfig(cfg.REST)
	if err != nil {
		return fmt.Errorf("node %s: %w", cfg.Name, err)
	}
	if err := cfg.settle(); err != nil {
		return fmt.Errorf("node %s: %w", cfg.Name, err)
	}
	events := record.NewBroadcaster()
	defer events.Shutdown()
	events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	pods := newManager(&podworker.Runtime{
		Client: client, Images: cfg.Images, Log: cfg.Log,
		Events: events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "kubelet", Host: cfg.Name}),
		Node:   cfg.Node, Services: cfg.Services, DNS: cfg.DNS, Domain: cfg.Domain,
		Pods: podworker.NewPool(cfg.Pods), Dir: filepath.Join(cfg.Dir, "pods"), LogDir: cfg.LogDir,
		Rootless: cfg.Rootless,
	})
	err = together(ctx,
		func(ctx context.Context) error { return register(ctx, client, cfg) },
		func(ctx context.Context) error { return pods.run(ctx, client, cfg.Name) },
		func(ctx context.Context) error { return cfg.serve(ctx, pods) },
	)
	if err != nil {
		return fmt.Errorf("node %s: %w", cfg.Name, err)
	}
	return os.RemoveAll(filepath.Join(cfg.Dir, "pods"))
}

// settle makes the network ready and forgets the Pods of an earlier run, all of
// whose processes are gone.
func (c Config) settle() error {
	if err := sandbox.SetupNode(c.Services, c.Node); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(c.Dir, "pods")); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	return os.MkdirAll(filepath.Join(c.Dir, "pods"), 0o755) //nolint:gosec // containers run as others
}

func (c Config) serve(ctx context.Context, pods *manager) error {
	if len(c.Cert) == 0 {
		<-ctx.Done()
		return nil
	}
	return kubelet.Serve(ctx, kubelet.Config{
		Address: net.JoinHostPort(c.Node.String(), strconv.Itoa(kubelet.Port)),
		Cert:    c.Cert, Key: c.Key, ClientCA: c.ClientCA, Node: pods,
	})
}

// together runs all parts until one fails or ctx ends, and waits for all.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() {
			defer stop()
			errs[i] = part(ctx)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
