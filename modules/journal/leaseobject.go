package journal

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// lease reads a Release's Lease; nil when there is none.
func (s *Store) lease(ctx context.Context, release string) (*coordinationv1.Lease, error) {
	obj, err := s.client.Resource(leases).Namespace(s.namespace).Get(ctx, Name(release), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the lease %s/%s: %w", s.namespace, Name(release), err)
	}
	return fromUnstructured(obj)
}

// holderOf is who a Lease names, dead or alive; empty when nobody.
func holderOf(lease *coordinationv1.Lease) string {
	if lease == nil || lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// durationOf is how long the holder may be silent.
func durationOf(lease *coordinationv1.Lease) time.Duration {
	if lease.Spec.LeaseDurationSeconds == nil {
		return LeaseDuration
	}
	return time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second
}

func (l *Lease) create(ctx context.Context) error {
	now := metav1.NewMicroTime(time.Now())
	seconds := int32(LeaseDuration / time.Second)
	lease := &coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: metav1.ObjectMeta{Name: Name(l.release), Namespace: l.namespace,
			Labels: map[string]string{LabelRelease: l.release, "app.kubernetes.io/managed-by": "headgate"}},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &l.holder, LeaseDurationSeconds: &seconds, AcquireTime: &now, RenewTime: &now},
	}
	obj, err := toUnstructured(lease)
	if err != nil {
		return err
	}
	obj, err = l.client.Create(ctx, obj, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("create the lease %s/%s: %w", l.namespace, Name(l.release), err)
	}
	return l.keepObject(obj)
}

func (l *Lease) write(ctx context.Context, lease *coordinationv1.Lease) error {
	now := metav1.NewMicroTime(time.Now())
	seconds := int32(LeaseDuration / time.Second)
	lease.APIVersion, lease.Kind = "coordination.k8s.io/v1", "Lease"
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime = &l.holder, &seconds, &now
	obj, err := toUnstructured(lease)
	if err != nil {
		return err
	}
	obj, err = l.client.Update(ctx, obj, metav1.UpdateOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("write the lease %s/%s: %w", l.namespace, Name(l.release), err)
	}
	return l.keepObject(obj)
}

func (l *Lease) get(ctx context.Context) (*coordinationv1.Lease, error) {
	obj, err := l.client.Get(ctx, Name(l.release), metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the lease %s/%s: %w", l.namespace, Name(l.release), err)
	}
	return fromUnstructured(obj)
}

func (l *Lease) keepObject(obj *unstructured.Unstructured) error {
	lease, err := fromUnstructured(obj)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.obj = lease
	return nil
}

func toUnstructured(lease *coordinationv1.Lease) (*unstructured.Unstructured, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(lease)
	if err != nil {
		return nil, fmt.Errorf("encode the lease %s: %w", lease.Name, err)
	}
	return &unstructured.Unstructured{Object: m}, nil
}

func fromUnstructured(obj *unstructured.Unstructured) (*coordinationv1.Lease, error) {
	lease := &coordinationv1.Lease{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, lease); err != nil {
		return nil, fmt.Errorf("decode the lease %s/%s: %w", obj.GetNamespace(), obj.GetName(), err)
	}
	return lease, nil
}
