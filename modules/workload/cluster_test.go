package workload

import (
	"os"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/apiserver"
)

var (
	resourceQuotas = schema.GroupVersionResource{Version: "v1", Resource: "resourcequotas"}
	namespaces     = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
)

// cluster is a namespace of a real API server with its controllers. There is no
// kubelet: a test plays it.
type cluster struct {
	t         *testing.T
	config    *rest.Config
	dynamic   dynamic.Interface
	kube      kubernetes.Interface
	namespace string
}

func TestMain(m *testing.M) { os.Exit(apiserver.Main(m)) }

func newCluster(t *testing.T) *cluster {
	t.Helper()
	server := apiserver.Shared(t).WithControllers(t)
	c := &cluster{t: t, config: rest.CopyConfig(server.Config), namespace: server.Namespace(t)}
	c.config.QPS = -1 // a test waits for the cluster, not for its own client
	var err error
	if c.dynamic, err = dynamic.NewForConfig(c.config); err != nil {
		t.Fatal(err)
	}
	if c.kube, err = kubernetes.NewForConfig(c.config); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) api(r schema.GroupVersionResource) dynamic.ResourceInterface {
	return c.dynamic.Resource(r).Namespace(c.namespace)
}

// create makes an object as the user of a field manager would.
func (c *cluster) create(r schema.GroupVersionResource, obj *unstructured.Unstructured) *unstructured.Unstructured {
	c.t.Helper()
	obj = obj.DeepCopy()
	obj.SetNamespace(c.namespace)
	out, err := c.api(r).Create(c.t.Context(), obj, metav1.CreateOptions{FieldManager: "user"})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *cluster) get(r schema.GroupVersionResource, name string) *unstructured.Unstructured {
	c.t.Helper()
	out, err := c.api(r).Get(c.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *cluster) gone(r schema.GroupVersionResource, name string) {
	c.t.Helper()
	if _, err := c.api(r).Get(c.t.Context(), name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		c.t.Errorf("%s %s is still there (%v)", r.Resource, name, err)
	}
}

func (c *cluster) patch(r schema.GroupVersionResource, name, patch string) {
	c.t.Helper()
	if _, err := c.api(r).Patch(c.t.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "somebody"}); err != nil {
		c.t.Fatal(err)
	}
}

// options are short enough for a test.
func (c *cluster) options() Options {
	return Options{
		Namespace: c.namespace, Name: "sample", Images: map[string]string{"": newImage},
		Timeout: 20 * time.Second, Patience: 300 * time.Millisecond, Interval: 50 * time.Millisecond,
	}
}

func (c *cluster) open(opts Options) *Candidate {
	c.t.Helper()
	out, err := Open(c.t.Context(), Clients{Dynamic: c.dynamic}, opts)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// resumed is what another process would work with.
func (c *cluster) resumed(cand *Candidate) *Candidate {
	c.t.Helper()
	data, err := cand.State()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := Resume(c.t.Context(), cand.clients, data)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// must fails the test at an error of a step.
func (c *cluster) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// until waits for a condition of the cluster's own making.
func (c *cluster) until(what string, done func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(deadline) {
			c.t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // between two looks
	}
}

// ready waits until stable serves, as it would before a rollout.
func (c *cluster) ready() {
	c.t.Helper()
	for c.t.Context().Err() == nil {
		if n := at(c.get(deployments, "sample"), "status", "readyReplicas"); n == int64(2) {
			return
		}
		time.Sleep(20 * time.Millisecond) // between two looks
	}
}

func (c *cluster) patchNamespace(patch string) {
	c.t.Helper()
	if _, err := c.dynamic.Resource(namespaces).Patch(c.t.Context(), c.namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		c.t.Fatal(err)
	}
}
