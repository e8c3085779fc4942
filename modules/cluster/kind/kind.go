// Package kind makes throw-away clusters in containers, by the kind library.
package kind

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// Options say what cluster to make.
type Options struct {
	// Name tells clusters apart.
	Name string
	// Kubeconfig is the file that gets the cluster's context; kubectl's default
	// when empty.
	Kubeconfig string
	// Image is the nodes', with the version of Kubernetes; kind's own choice
	// when empty.
	Image string
	// Workers are nodes besides the control plane.
	Workers int
	// Address is where the API server listens on this machine, 127.0.0.1 when
	// empty; Names are further names in its certificate.
	Address string
	Names   []string
	// Wait bounds the wait until the nodes are ready.
	Wait time.Duration
	// Say is told what happens, a line at a time.
	Say func(string)
}

// Context is the kubeconfig context of a cluster.
func Context(name string) string { return "kind-" + name }

// Up makes a cluster.
func Up(o Options) error {
	p, err := provider(o.Say)
	if err != nil {
		return err
	}
	config, err := Config(o)
	if err != nil {
		return err
	}
	opts := []cluster.CreateOption{cluster.CreateWithRawConfig(config), cluster.CreateWithWaitForReady(o.Wait), cluster.CreateWithKubeconfigPath(o.Kubeconfig)}
	if o.Image != "" {
		opts = append(opts, cluster.CreateWithNodeImage(o.Image))
	}
	if err := p.Create(o.Name, opts...); err != nil {
		return fmt.Errorf("kind cluster %q: %w", o.Name, err)
	}
	return nil
}

// Down deletes a cluster and its context in the kubeconfig; one that does not
// exist is gone already.
func Down(name, kubeconfig string) error {
	p, err := provider(nil)
	if err != nil {
		return err
	}
	if err := p.Delete(name, kubeconfig); err != nil {
		return fmt.Errorf("kind cluster %q: %w", name, err)
	}
	return nil
}

// List are the clusters there are.
func List() ([]string, error) {
	p, err := provider(nil)
	if err != nil {
		return nil, err
	}
	names, err := p.List()
	if err != nil {
		return nil, fmt.Errorf("list the kind clusters: %w", err)
	}
	return names, nil
}

// Kubeconfig is a kubeconfig for one cluster alone.
func Kubeconfig(name string) (string, error) {
	p, err := provider(nil)
	if err != nil {
		return "", err
	}
	text, err := p.KubeConfig(name, false)
	if err != nil {
		return "", fmt.Errorf("kind cluster %q: %w", name, err)
	}
	return text, nil
}

// Load brings an image of this machine's container engine to every node.
func Load(ctx context.Context, name, image string) error {
	p, err := provider(nil)
	if err != nil {
		return err
	}
	nodes, err := p.ListInternalNodes(name)
	if err != nil {
		return fmt.Errorf("kind cluster %q: %w", name, err)
	}
	if len(nodes) == 0 {
		return fmt.Errorf("kind cluster %q does not exist; `headgate cluster up --provider kind --name %s` makes it", name, name)
	}
	var archive, stderr bytes.Buffer
	save := exec.CommandContext(ctx, "docker", "save", image)
	save.Stdout, save.Stderr = &archive, &stderr
	if err := save.Run(); err != nil {
		return fmt.Errorf("image %s: %w: %s", image, err, strings.TrimSpace(stderr.String()))
	}
	for _, n := range nodes {
		if err := nodeutils.LoadImageArchive(n, bytes.NewReader(archive.Bytes())); err != nil {
			return fmt.Errorf("load image %s into node %s: %w", image, n, err)
		}
	}
	return nil
}

// ErrNoEngine says that no container engine answers.
var ErrNoEngine = errors.New("kind needs a container engine, and neither Docker nor Podman nor nerdctl answers; start one, or use `--provider testenv`, which needs none")

// provider finds a container engine that answers. A client without its engine
// is none.
func provider(say func(string)) (*cluster.Provider, error) {
	engine, err := cluster.DetectNodeProvider()
	if err != nil {
		return nil, ErrNoEngine
	}
	p := cluster.NewProvider(engine, cluster.ProviderWithLogger(logger{say}))
	if _, err := p.List(); err != nil {
		return nil, fmt.Errorf("%w (%s)", ErrNoEngine, firstLine(err.Error()))
	}
	return p, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
