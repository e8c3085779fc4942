package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/testenv/internal/mesh"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/proc"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// patience is how long the whole of it may take to come up.
const patience = 3 * time.Minute

// apiPort is the API server's on the node.
const apiPort = 6443

// up brings everything up and returns when the gateway takes traffic.
func (s *supervisor) up(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.working("starting the control plane")
	if err := sandbox.SetupNode(servicePrefix, nodeAddr); err != nil {
		return err
	}
	if err := s.startPlane(ctx); err != nil {
		return err
	}
	background := context.WithoutCancel(ctx) // until this process ends
	go forward(background, s.log, s.api, addr(apiPort))
	go forward(background, s.log, s.prometheus, addr(prometheusPort))
	s.working("starting the mesh")
	s.startNode(background)
	if err := s.startMesh(ctx); err != nil {
		return err
	}
	gateway, err := s.gatewayAddress(ctx)
	if err != nil {
		return err
	}
	go forward(background, s.log, s.gateway, gateway)
	return nil
}

// addr is a port of the node.
func addr(port int) string { return net.JoinHostPort(plane.NodeIP, strconv.Itoa(port)) }

func (s *supervisor) startPlane(ctx context.Context) error {
	dir := s.order.Dir
	if err := plane.FromTemplate(s.order.Template, dir); err != nil {
		return err
	}
	var err error
	s.plane, err = plane.New(plane.Config{Binaries: s.order.Binaries, Dir: dir, Bind: "0.0.0.0", Port: apiPort, Address: s.order.Address})
	if err != nil {
		return err
	}
	if err := s.plane.Kubeconfig(Kubeconfig(dir), "admin", s.order.Host); err != nil {
		return err
	}
	if err := s.plane.Kubeconfig(inside(dir), "admin", "https://"+addr(apiPort)); err != nil {
		return err
	}
	return s.plane.StartAPI(ctx)
}

// startMesh starts what needs the API server, and waits for all of it.
func (s *supervisor) startMesh(ctx context.Context) error {
	bins, dir, processes := s.order.Binaries, s.order.Dir, s.plane.Processes()
	istiod := mesh.Istiod{Binary: bins.Istiod, Kubeconfig: inside(dir), Dir: filepath.Join(dir, "istiod")}
	prometheus := mesh.Prometheus{
		Binary: bins.Prometheus, Kubeconfig: inside(dir), NodeIP: plane.NodeIP,
		Listen: addr(prometheusPort), Dir: filepath.Join(dir, "prometheus"),
	}
	g, ctx := errgroup.WithContext(ctx)
	for name, do := range map[string]func() error{
		"the controllers": func() error { return s.plane.StartControllers(ctx, true) },
		"istiod":          func() error { return start(ctx, processes, "istiod", istiod) },
		"Prometheus":      func() error { return start(ctx, processes, "prometheus", prometheus) },
		"the gateway": func() error {
			return mesh.WaitReady(ctx, mesh.Config{REST: s.plane.Config(), Rendered: bins.Rendered, NodeIP: plane.NodeIP})
		},
	} {
		g.Go(func() error {
			began := time.Now()
			err := do()
			s.log.Info(name+" came up", "after", time.Since(began).Round(time.Millisecond), "error", err)
			return err
		})
	}
	return g.Wait()
}

// part is a program of the mesh.
type part interface {
	Prepare() (mesh.Command, error)
}

func start(ctx context.Context, processes *proc.Group, name string, p part) error {
	c, err := p.Prepare()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := processes.Start(proc.Command{Name: name, Argv: c.Argv, Env: c.Env, Dir: c.Dir, Ready: c.Ready}); err != nil {
		return err
	}
	return processes.WaitReady(ctx, name)
}

// gatewayAddress is where the ingress gateway's Service takes plain HTTP.
func (s *supervisor) gatewayAddress(ctx context.Context) (string, error) {
	client, err := kubernetes.NewForConfig(s.plane.Config())
	if err != nil {
		return "", err
	}
	svc, err := client.CoreV1().Services(mesh.Namespace).Get(ctx, mesh.Gateway, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("ingress gateway: %w", err)
	}
	return net.JoinHostPort(svc.Spec.ClusterIP, "80"), nil
}

// logger writes to a file of its own among the logs.
func (s *supervisor) logger(name string) *slog.Logger {
	f, err := os.Create(filepath.Join(Logs(s.order.Dir), name+".log")) //nolint:gosec // a folder of ours
	if err != nil {
		s.log.Warn("no log of its own", "for", name, "error", err)
		return s.log
	}
	return slog.New(slog.NewTextHandler(f, nil))
}
