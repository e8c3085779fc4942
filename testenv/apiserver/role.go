package apiserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// role is the name under which a test binary starts itself again as the guard.
const role = "headgate-apiserver"

// The role is played from here, before any test begins, so that a package of
// tests needs no TestMain for it.
func init() {
	reexec.Register(role, func() { stand(os.Stdin, os.Stdout) })
	if os.Args[0] == role {
		reexec.Run()
		os.Exit(0)
	}
}

// patience is how long a part of the control plane may take to start.
const patience = 2 * time.Minute

// stand carries out orders until there can be no more, which is when the test
// process has ended; then it takes everything down.
func stand(orders, answers *os.File) {
	dir, err := os.MkdirTemp("", "headgate-apiserver")
	s := &standing{dir: dir}
	in, out := json.NewDecoder(orders), json.NewEncoder(answers)
	for {
		var o order
		if in.Decode(&o) != nil {
			break
		}
		var a answer
		if err == nil {
			a, err = s.carryOut(o)
		}
		if err != nil {
			a.Error = err.Error()
		}
		if out.Encode(a) != nil {
			break
		}
	}
	s.end()
}

// standing is what a guard guards.
type standing struct {
	dir   string
	plane *plane.Plane
}

func (s *standing) carryOut(o order) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if o.Controllers {
		return answer{}, s.plane.StartControllers(ctx, false)
	}
	if err := plane.FromTemplate(o.Template, s.dir); err != nil {
		return answer{}, err
	}
	if err := s.start(ctx, o); err != nil {
		return answer{}, err
	}
	kubeconfig := filepath.Join(s.dir, "kubeconfig")
	if err := s.plane.Kubeconfig(kubeconfig, "admin", ""); err != nil {
		return answer{}, err
	}
	return answer{Kubeconfig: kubeconfig}, s.quiet(ctx)
}

// start tries again with another port when somebody took the one found free.
func (s *standing) start(ctx context.Context, o order) error {
	var err error
	for range 3 {
		s.plane, err = plane.New(plane.Config{
			Binaries: o.Binaries, Dir: s.dir, Bind: "127.0.0.1",
			// Tests may create Pods without the controllers that would make
			// their service accounts.
			APIServerFlags: []string{"--disable-admission-plugins=ServiceAccount"},
		})
		if err != nil {
			return err
		}
		if err = s.plane.StartAPI(ctx); err == nil {
			return nil
		}
		s.plane.Stop(0)
		if ctx.Err() != nil {
			return err
		}
	}
	return err
}

// quiet takes the webhooks away: no istiod runs here that could answer them.
func (s *standing) quiet(ctx context.Context) error {
	client, err := dynamic.NewForConfig(s.plane.Config())
	if err != nil {
		return err
	}
	for _, resource := range []string{"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} {
		api := client.Resource(schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: resource})
		if err := api.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			return fmt.Errorf("take away %s: %w", resource, err)
		}
	}
	return nil
}

// end leaves nothing behind.
func (s *standing) end() {
	if s.plane != nil {
		s.plane.Stop(0)
	}
	if err := os.RemoveAll(s.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "apiserver:", err)
	}
}
