// Package podworker runs Pods: for each, one worker that makes its network and
// volumes, starts its containers in the order that Kubernetes promises, keeps
// them running, reports how they are, and takes everything down again.
package podworker

import (
	"context"
	"log/slog"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/record"

	"github.com/headgate-ci/headgate/testenv/internal/node/image"
)

// Images finds what a container's image means.
type Images interface {
	// Resolve fails with an *image.NotFoundError when there is no such image.
	Resolve(ref string) (image.Image, error)
}

// Runtime is what all workers of a node share.
type Runtime struct {
	Client kubernetes.Interface
	Images Images
	Events record.EventRecorder
	Log    *slog.Logger

	Node     netip.Addr   // the node's address
	Services netip.Prefix // the Services' range
	DNS      netip.Addr   // the cluster's DNS server
	Domain   string       // the cluster's domain
	Pods     *Pool        // addresses for Pods

	Dir      string // state of Pods: volumes, mount points
	LogDir   string // output of containers
	Rootless bool   // there is one user only
}

// objects reads ConfigMaps and Secrets from the API server: Pods start seldom
// enough, and always see the newest.
type objects struct{ client kubernetes.Interface }

func (o objects) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	return o.client.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
}

func (o objects) Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return o.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
}
