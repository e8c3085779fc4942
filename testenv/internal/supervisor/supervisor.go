// Package supervisor keeps an environment together: one process tree in
// namespaces of its own that runs a control plane, a node and a mesh.
//
// The first process of the tree (the init role) is this program, started again
// as process 1 of a new PID namespace. It starts the supervisor role and reaps
// what nobody waits for. When it dies, however it dies, the kernel ends
// everything below it and drops the network: nothing can be left behind.
//
// The environment is reached from the machine's own network through listeners
// that are opened there and handed to the supervisor, which connects inside.
// Orders come over a unix socket in the environment's folder.
package supervisor

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
)

// ErrUnsupported says that this machine cannot run an environment at all.
var ErrUnsupported = errors.New("a mesh on one machine needs Linux, and this is " + runtime.GOOS +
	": run headgate in a Linux virtual machine or container, or use a cluster of your own " +
	"(kind with `istioctl install`, or any other) by --kubeconfig")

// Order is what a supervisor is to run.
type Order struct {
	// Name is the environment's name, Dir the folder of all it keeps.
	Name string
	Dir  string
	// Binaries are the programs; Template is the data the control plane begins
	// with.
	Binaries *binaries.Set
	Template string
	// Host is the API server's URL on the machine, Address the machine's address
	// that it is reached at.
	Host    string
	Address net.IP
	// Rootless means that there is one user only.
	Rootless bool
}

// prometheusPort is Prometheus' on the node.
const prometheusPort = 9090

// PrometheusInside is Prometheus' URL in an environment's own network.
func PrometheusInside() string {
	return "http://" + net.JoinHostPort(plane.NodeIP, strconv.Itoa(prometheusPort))
}

// Files of an environment's folder.

// Kubeconfig is the file with which the machine reaches the cluster.
func Kubeconfig(dir string) string { return filepath.Join(dir, "kubeconfig") }

// Images is the folder of images that Pods can use.
func Images(dir string) string { return filepath.Join(dir, "images") }

// Program is the copy of this program that the environment runs; the one that
// brought it up may be replaced or removed meanwhile.
func Program(dir string) string { return filepath.Join(dir, "headgate") }

// Logs is the folder of the logs of all that runs.
func Logs(dir string) string { return filepath.Join(dir, "logs") }

// KubeconfigInside is the file with which a program in the environment's own
// network reaches the cluster.
func KubeconfigInside(dir string) string { return inside(dir) }

func inside(dir string) string    { return filepath.Join(dir, "inside.kubeconfig") }
func orderFile(dir string) string { return filepath.Join(dir, "order.json") }
func socket(dir string) string    { return filepath.Join(dir, "control.sock") }

// Doors are the listeners on the machine that lead into the environment.
type Doors struct {
	API, Gateway, Prometheus net.Listener
}

// Open opens listeners on an address of the machine, 0.0.0.0 for all it has. A
// port of 0 means a free one.
func Open(address net.IP, api, gateway, prometheus int) (*Doors, error) {
	var d Doors
	for _, door := range []struct {
		name string
		port int
		at   *net.Listener
	}{{"API server", api, &d.API}, {"gateway", gateway, &d.Gateway}, {"Prometheus", prometheus, &d.Prometheus}} {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: address, Port: door.port})
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("port for the %s: %w; choose another one, or none for any free one, at an address of this machine", door.name, err)
		}
		*door.at = l
	}
	return &d, nil
}

// Close closes this process's hold on the listeners.
func (d *Doors) Close() {
	for _, l := range []net.Listener{d.API, d.Gateway, d.Prometheus} {
		if l != nil {
			_ = l.Close() // nothing was read
		}
	}
}
