package node

import (
	"context"
	"fmt"
	"runtime"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/testenv/internal/node/kubelet"
)

const (
	leasePeriod  = 10 * time.Second
	leaseLength  = 40 * time.Second
	statusPeriod = time.Minute
	// soon is how long to wait after a failed call.
	soon = 200 * time.Millisecond
)

// register makes the Node object and keeps it alive until ctx ends.
func register(ctx context.Context, client kubernetes.Interface, cfg Config) error {
	announce := func(ctx context.Context) error { return announceNode(ctx, client, cfg) }
	until(ctx, announce)
	cfg.Log.Info("node registered", "node", cfg.Name)
	renew := func(ctx context.Context) error { return renewLease(ctx, client, cfg.Name) }
	lease, status := time.NewTicker(leasePeriod), time.NewTicker(statusPeriod)
	defer lease.Stop()
	defer status.Stop()
	for {
		until(ctx, renew)
		select {
		case <-ctx.Done():
			return nil
		case <-lease.C:
		case <-status.C:
			until(ctx, announce)
		}
	}
}

// until calls the API server until it answers; it may be away for a while.
func until(ctx context.Context, do func(context.Context) error) {
	_ = wait.PollUntilContextCancel(ctx, soon, true, func(ctx context.Context) (bool, error) {
		return do(ctx) == nil, nil
	}) // ends with ctx
}

func announceNode(ctx context.Context, client kubernetes.Interface, cfg Config) error {
	nodes := client.CoreV1().Nodes()
	node, err := nodes.Get(ctx, cfg.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		node, err = nodes.Create(ctx, object(cfg), metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	describe(&node.Status, cfg)
	if _, err := nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func object(cfg Config) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: cfg.Name,
			Labels: map[string]string{
				corev1.LabelHostname:   cfg.Name,
				corev1.LabelOSStable:   runtime.GOOS,
				corev1.LabelArchStable: runtime.GOARCH,
			},
		},
		Spec: corev1.NodeSpec{PodCIDR: cfg.Pods.String(), PodCIDRs: []string{cfg.Pods.String()}},
	}
	describe(&n.Status, cfg)
	return n
}

// capacity is more than any machine has: resources are not enforced, so they
// must not keep a Pod from being scheduled either.
var capacity = corev1.ResourceList{
	corev1.ResourceCPU:              resource.MustParse("1000"),
	corev1.ResourceMemory:           resource.MustParse("1Ti"),
	corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
	corev1.ResourcePods:             resource.MustParse("1000"),
}

func describe(s *corev1.NodeStatus, cfg Config) {
	s.Capacity, s.Allocatable = capacity, capacity
	s.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: cfg.Node.String()},
		{Type: corev1.NodeHostName, Address: cfg.Name},
	}
	s.DaemonEndpoints.KubeletEndpoint.Port = kubelet.Port
	s.NodeInfo.KubeletVersion = "v1.37.2-headgate"
	s.NodeInfo.ContainerRuntimeVersion = "headgate://1"
	s.NodeInfo.OperatingSystem, s.NodeInfo.Architecture = runtime.GOOS, runtime.GOARCH
	s.Conditions = conditions(s.Conditions, metav1.Now())
}

func conditions(old []corev1.NodeCondition, now metav1.Time) []corev1.NodeCondition {
	all := []corev1.NodeCondition{
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "pods run as processes of this machine"},
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientMemory"},
		{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasNoDiskPressure"},
		{Type: corev1.NodePIDPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientPID"},
	}
	for i := range all {
		all[i].LastHeartbeatTime, all[i].LastTransitionTime = now, now
		for _, o := range old {
			if o.Type == all[i].Type && o.Status == all[i].Status {
				all[i].LastTransitionTime = o.LastTransitionTime
			}
		}
	}
	return all
}
