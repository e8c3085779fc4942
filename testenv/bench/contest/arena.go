package contest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv"
)

// Arena is a mesh in which rollouts are made, several at a time.
type Arena struct {
	Env *testenv.Env
	// Headgate is the path of the program.
	Headgate string
	// Tools is the folder with the tools modules of the peers.
	Tools string
	// WarmUp is how long traffic runs before a new version is asked for.
	WarmUp time.Duration
	// Dir keeps the tools' messages.
	Dir string
	// Say is told what goes on.
	Say func(string)

	config *rest.Config
	client dynamic.Interface
	sites  atomic.Int64
	stop   context.CancelFunc // of the controllers
	life   context.Context    // the controllers', not a call's
	mu     sync.Mutex
	peers  map[string]*running
}

// Open prepares the mesh. The arena must be closed.
func (a *Arena) Open(ctx context.Context) error {
	var err error
	if a.config, err = clientcmd.BuildConfigFromFlags("", a.Env.Kubeconfig); err != nil {
		return err
	}
	a.config.QPS = -1
	a.config.WarningHandler = rest.NoWarnings{} // about the peers' definitions, which are theirs
	if a.client, err = dynamic.NewForConfig(a.config); err != nil {
		return err
	}
	a.sites.Store(time.Now().Unix() % 1e6 * 100) // names that an earlier benchmark in the same mesh has not used
	a.peers = map[string]*running{}
	a.life, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	objects, err := fill("mesh.yaml", map[string]any{"Domain": domain})
	if err != nil {
		return err
	}
	apply, err := manifest.NewApplier(a.config, "bench")
	if err != nil {
		return err
	}
	return apply.Apply(ctx, objects)
}

// Close ends the peers' controllers.
func (a *Arena) Close() {
	a.stop()
	for _, p := range a.peers {
		<-p.ended
	}
}

// log is the file of a tool's messages.
func (a *Arena) log(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(a.Dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // a folder of ours
}

func (a *Arena) site(c Case) *site {
	name := fmt.Sprintf("b%d", a.sites.Add(1))
	return &site{arena: a, c: c, namespace: name, host: name + "." + domain}
}
