package apiserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/cluster"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

// order is what a guard is told: first what to start, then what more to start.
type order struct {
	Binaries    *binaries.Set `json:",omitempty"`
	Template    string        `json:",omitempty"`
	Controllers bool          `json:",omitempty"`
}

// answer is what it says when an order is carried out.
type answer struct {
	Kubeconfig string `json:",omitempty"`
	Error      string `json:",omitempty"`
}

// guard is the test process's hold on its guard, which lives as long as orders
// could come.
type guard struct {
	config *rest.Config

	mu      sync.Mutex
	orders  *json.Encoder
	answers *json.Decoder
	pipe    io.Closer // its end is the guard's end
	process *exec.Cmd
}

func startGuard(ctx context.Context) (*guard, error) {
	show := tell.Progress()
	bins, err := binaries.Ensure(ctx, binaries.API, show)
	if err != nil {
		return nil, err
	}
	template, err := cluster.Template(ctx, bins, show)
	if err != nil {
		return nil, err
	}
	g, err := runGuard()
	if err != nil {
		return nil, fmt.Errorf("start its guard: %w", err)
	}
	a, err := g.ask(order{Binaries: bins, Template: template})
	if err != nil {
		return nil, err
	}
	g.config, err = clientcmd.BuildConfigFromFlags("", a.Kubeconfig)
	if err != nil {
		return nil, err
	}
	g.config.QPS = -1
	return g, nil
}

// runGuard starts this program again in the role of the guard.
func runGuard() (*guard, error) {
	cmd := &exec.Cmd{Path: reexec.Program(), Args: []string{role}, Env: os.Environ(), SysProcAttr: detached()}
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &guard{orders: json.NewEncoder(orders), answers: json.NewDecoder(answers), pipe: orders, process: cmd}, nil
}

func (g *guard) startControllers() error {
	_, err := g.ask(order{Controllers: true})
	return err
}

func (g *guard) ask(o order) (answer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.orders.Encode(o); err != nil {
		return answer{}, fmt.Errorf("its guard is gone: %w", err)
	}
	var a answer
	if err := g.answers.Decode(&a); err != nil {
		return answer{}, fmt.Errorf("its guard is gone: %w", err)
	}
	if a.Error != "" {
		return answer{}, errors.New(a.Error)
	}
	return a, nil
}

// end waits until the guard has taken everything down.
func (g *guard) end() {
	_ = g.pipe.Close()
	_ = g.process.Wait() // it has nothing to say any more
}
