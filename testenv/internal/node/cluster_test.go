package node_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/node"
	"github.com/headgate-ci/headgate/testenv/internal/node/image"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox/sandboxtest"
	"github.com/headgate-ci/headgate/testenv/internal/svcproxy"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

func TestMain(m *testing.M) {
	// The programs may have to be built, which needs the machine's network.
	sandboxtest.Main(m, func() error {
		_, err := binaries.Ensure(context.Background(), binaries.API, tell.Progress())
		return err
	})
}

// cluster is a control plane with one node, in the namespaces of the tests.
type cluster struct {
	kubernetes.Interface
	rest   *rest.Config
	images string // folder of images
}

var shared = sync.OnceValues(start)

// up returns the cluster of all tests of this process.
func up(t *testing.T) *cluster {
	t.Helper()
	sandboxtest.Need(t)
	c, err := shared()
	if err != nil {
		t.Fatalf("the tests' cluster: %v", err)
	}
	return c
}

// start runs until the process ends, and the kernel then ends all of it.
func start() (*cluster, error) {
	ctx := context.Background()
	bins, err := binaries.Ensure(ctx, binaries.API, nil)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "headgate-node")
	if err != nil {
		return nil, err
	}
	if err := sandbox.SetupNode(netip.MustParsePrefix(plane.ServiceCIDR), netip.MustParseAddr(plane.NodeIP)); err != nil {
		return nil, err
	}
	p, err := plane.New(plane.Config{Binaries: bins, Dir: filepath.Join(dir, "plane"), Bind: "0.0.0.0", Port: 6443})
	if err != nil {
		return nil, err
	}
	if err := p.StartAPI(ctx); err != nil {
		return nil, err
	}
	if err := p.StartControllers(ctx, true); err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(p.Config())
	if err != nil {
		return nil, err
	}
	c := &cluster{Interface: client, rest: p.Config(), images: filepath.Join(dir, "images")}
	return c, c.startNode(ctx, p, dir)
}

func (c *cluster) startNode(ctx context.Context, p *plane.Plane, dir string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	server := image.Image{Ref: "server:1", Command: []string{serverRole}, Binds: []image.Bind{{Host: exe, Container: "/usr/local/bin/" + serverRole}}}
	proxy := server
	proxy.Ref, proxy.Capture = "proxy:1", true
	cfg := node.Config{
		REST: c.rest, Name: plane.NodeName,
		Node: netip.MustParseAddr(plane.NodeIP), Pods: netip.MustParsePrefix(plane.PodCIDR),
		Services: netip.MustParsePrefix(plane.ServiceCIDR), DNS: netip.MustParseAddr(plane.DNSIP),
		Images: image.Chain{image.List{server, proxy, {Ref: "shell:1", Command: []string{"sh", "-c"}}}, image.Folder(c.images)},
		Dir:    filepath.Join(dir, "node"), LogDir: filepath.Join(dir, "logs"), Rootless: sandboxtest.Rootless(),
	}
	for to, file := range map[*[]byte]string{&cfg.Cert: "kubelet.crt", &cfg.Key: "kubelet.key", &cfg.ClientCA: "ca.crt"} {
		if *to, err = os.ReadFile(p.PKI(file)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.images, 0o755); err != nil {
		return err
	}
	fail := func(err error) { fmt.Fprintln(os.Stderr, "FAILED:", err) }
	go func() { fail(node.Run(ctx, cfg)) }()
	go func() {
		fail(svcproxy.Run(ctx, svcproxy.Config{
			REST: c.rest, Node: cfg.Node, Services: cfg.Services, DNS: cfg.DNS,
			APIServer: netip.AddrPortFrom(cfg.Node, 6443),
		}))
	}()
	return nil
}

const patience = 60 * time.Second

// eventually waits for a condition; its text says what is still wrong.
func eventually(t *testing.T, what string, check func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		wrong := check()
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s", what, wrong)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// namespace makes one for a test, with its service account.
func (c *cluster) namespace(t *testing.T) string {
	t.Helper()
	ns, err := c.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "t-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []func() error{
		func() error {
			_, err := c.CoreV1().ServiceAccounts(ns.Name).Get(t.Context(), "default", metav1.GetOptions{})
			return err
		},
		func() error {
			_, err := c.CoreV1().ConfigMaps(ns.Name).Get(t.Context(), "kube-root-ca.crt", metav1.GetOptions{})
			return err
		},
	} {
		eventually(t, "namespace "+ns.Name, func() string { return text(try()) })
	}
	return ns.Name
}

func text(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

// create makes a Pod.
func (c *cluster) create(t *testing.T, ns string, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	one := int64(1)
	if pod.Spec.TerminationGracePeriodSeconds == nil {
		pod.Spec.TerminationGracePeriodSeconds = &one
	}
	var got *corev1.Pod
	eventually(t, "create pod "+pod.Name, func() string {
		var err error
		got, err = c.CoreV1().Pods(ns).Create(t.Context(), pod, metav1.CreateOptions{})
		return text(err)
	})
	t.Cleanup(func() {
		zero := int64(0)
		_ = c.CoreV1().Pods(ns).Delete(context.Background(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero})
	})
	return got
}

// pod waits until a Pod is as wanted; want says what is wrong, or nothing.
func (c *cluster) pod(t *testing.T, ns, name string, want func(*corev1.Pod) string) *corev1.Pod {
	t.Helper()
	var pod *corev1.Pod
	eventually(t, "pod "+ns+"/"+name, func() string {
		var err error
		if pod, err = c.CoreV1().Pods(ns).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			return err.Error()
		}
		if wrong := want(pod); wrong != "" {
			return fmt.Sprintf("%s; status %+v; events: %s", wrong, pod.Status, c.events(ns, name))
		}
		return ""
	})
	return pod
}

func (c *cluster) ready(t *testing.T, ns, name string) *corev1.Pod {
	t.Helper()
	return c.pod(t, ns, name, func(p *corev1.Pod) string {
		for _, cond := range p.Status.Conditions {
			if cond.Type == corev1.PodReady && cond.Status == corev1.ConditionTrue {
				return ""
			}
		}
		return "not ready"
	})
}

// gone waits until a Pod is no more.
func (c *cluster) gone(t *testing.T, ns, name string) {
	t.Helper()
	eventually(t, "end of pod "+name, func() string {
		_, err := c.CoreV1().Pods(ns).Get(t.Context(), name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return ""
		}
		return fmt.Sprintf("still there (%v)", err)
	})
}

// events lists what was recorded for a Pod: reason and message.
func (c *cluster) events(ns, name string) string {
	list, err := c.CoreV1().Events(ns).List(context.Background(), metav1.ListOptions{FieldSelector: "involvedObject.name=" + name})
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, e := range list.Items {
		all = append(all, e.Reason+": "+e.Message)
	}
	return strings.Join(all, "\n")
}

func (c *cluster) event(t *testing.T, ns, name, reason, message string) {
	t.Helper()
	eventually(t, "event "+reason+" of "+name, func() string {
		all := c.events(ns, name)
		for line := range strings.SplitSeq(all, "\n") {
			if strings.HasPrefix(line, reason+": ") && strings.Contains(line, message) {
				return ""
			}
		}
		return "there is only " + all
	})
}

// logs waits until a container's log contains a text.
func (c *cluster) logs(t *testing.T, ns, pod, want string, opts *corev1.PodLogOptions) string {
	t.Helper()
	var got string
	eventually(t, "log of "+pod, func() string {
		b, err := c.CoreV1().Pods(ns).GetLogs(pod, opts).DoRaw(t.Context())
		if err != nil {
			return err.Error()
		}
		if got = string(b); !strings.Contains(got, want) {
			return fmt.Sprintf("no %q in %q", want, got)
		}
		return ""
	})
	return got
}

// get asks a Pod from the node.
func get(t *testing.T, ip, path string) string {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + net.JoinHostPort(ip, "8080") + path)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func named(name string, containers ...corev1.Container) *corev1.Pod {
	for i := range containers {
		if containers[i].Name == "" {
			containers[i].Name = "app"
		}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: containers},
	}
}

// shell is a container that runs a script.
func shell(script string) corev1.Container {
	return corev1.Container{Name: "app", Image: "shell:1", Args: []string{script}}
}

// server is a container that answers HTTP on 8080.
func server() corev1.Container {
	return corev1.Container{
		Name: "app", Image: "server:1",
		Env:   []corev1.EnvVar{{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}},
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		ReadinessProbe: &corev1.Probe{
			ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/health", Port: intOrName("http")}}, PeriodSeconds: 1,
		},
	}
}
