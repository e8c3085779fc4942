package binaries

// program is one that the tools module builds.
type program struct {
	name string
	pkg  string
	// fits is what the output of the program with the flag --version contains
	// when a program on PATH may stand in; empty when none may.
	fits string
}

// programs are what an environment starts.
var programs = []program{
	{"etcd", "go.etcd.io/etcd/server/v3", "etcd Version: 3.7."},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "Kubernetes v1.37."},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "Kubernetes v1.37."},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", "Kubernetes v1.37."},
	{"prometheus", "github.com/prometheus/prometheus/cmd/prometheus", "prometheus, version 3."},
	{"pilot-discovery", "istio.io/istio/pilot/cmd/pilot-discovery", ""},
	{"pilot-agent", "istio.io/istio/pilot/cmd/pilot-agent", ""},
}

// kubectl is built only for those who ask for it.
var kubectl = program{"kubectl", "k8s.io/kubernetes/cmd/kubectl", ""}

// renderer writes Istio's objects. It belongs to the istiod built beside it,
// so nothing can stand in for it.
var renderer = program{"istiorender", "github.com/headgate-ci/headgate/testenv/tools/istiorender", ""}

// The flags are those of an ordinary build as far as possible, so that packages
// that the main module has too are compiled once.
const (
	tags    = "remove_all_sd,enable_kubernetes_sd"
	ldflags = "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2"
)
