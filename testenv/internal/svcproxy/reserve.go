package svcproxy

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// reserveDNS makes the Service kube-system/kube-dns, as every cluster has it, so
// that the DNS server's address is not given to another Service.
func reserveDNS(ctx context.Context, client kubernetes.Interface, cfg Config) {
	svc := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "kube-dns", Namespace: metav1.NamespaceSystem},
		Spec: corev1.ServiceSpec{
			ClusterIP: cfg.DNS.String(),
			Ports: []corev1.ServicePort{
				{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP},
				{Name: "dns-tcp", Port: 53, Protocol: corev1.ProtocolTCP},
			},
		},
	}
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().Services(svc.Namespace).Create(ctx, svc, metav1.CreateOptions{})
		if apierrors.IsInvalid(err) {
			return false, err // the address is taken
		}
		return err == nil || apierrors.IsAlreadyExists(err), nil
	})
	if err != nil && ctx.Err() == nil {
		cfg.Log.Warn("service proxy: cannot reserve the DNS server's address", "address", cfg.DNS, "error", err)
	}
}
