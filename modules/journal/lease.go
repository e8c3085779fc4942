package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
)

// LeaseDuration is how long a driver may be silent before another may take
// over; it renews three times as often.
const LeaseDuration = 15 * time.Second

// HeldError says that somebody else drives this Release.
type HeldError struct {
	Namespace, Release string
	Holder             string
	Renewed            time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("release %s/%s: %s is rolling it out (last sign of life %s ago); watch it with `headgate status %s -n %s --follow`, or end it with `headgate rollback %s -n %s`",
		e.Namespace, e.Release, e.Holder, time.Since(e.Renewed).Round(time.Second), e.Release, e.Namespace, e.Release, e.Namespace)
}

// Lease is the right to drive one Release, renewed until Release is called.
type Lease struct {
	client             dynamic.ResourceInterface
	namespace, release string
	holder             string

	mu  sync.Mutex
	obj *coordinationv1.Lease
	// settled marks the request that has been acted upon.
	settled string

	cancel context.CancelCauseFunc
	done   chan struct{}
}

// Acquire takes the Lease for holder, or says who has it with a HeldError. The
// context it returns ends, with ErrFenced as its cause, when the Lease is lost.
func (s *Store) Acquire(ctx context.Context, release, holder string) (context.Context, *Lease, error) {
	l := &Lease{client: s.client.Resource(leases).Namespace(s.namespace), namespace: s.namespace, release: release, holder: holder, done: make(chan struct{})}
	if err := l.take(ctx); err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	l.cancel = cancel
	// The renewal outlives a cancelled ctx: a driver that is asked to stop
	// still drives until it has put everything back.
	go l.keep(context.WithoutCancel(ctx))
	return held, l, nil
}

func (l *Lease) take(ctx context.Context) error {
	cur, err := l.get(ctx)
	if apierrors.IsNotFound(err) {
		return l.create(ctx)
	}
	if err != nil {
		return fmt.Errorf("read the lease %s/%s: %w", l.namespace, Name(l.release), err)
	}
	if held := heldBy(cur); held != "" && held != l.holder {
		return &HeldError{Namespace: l.namespace, Release: l.release, Holder: held, Renewed: cur.Spec.RenewTime.Time}
	}
	transitions := int32(1)
	if cur.Spec.LeaseTransitions != nil {
		transitions = *cur.Spec.LeaseTransitions + 1
	}
	cur.Spec.LeaseTransitions = &transitions
	now := metav1.NewMicroTime(time.Now())
	cur.Spec.AcquireTime = &now
	delete(cur.Annotations, requestAnnotation)
	delete(cur.Annotations, askedAnnotation)
	return l.write(ctx, cur)
}

// heldBy is the live holder of a Lease, or nothing when it has expired.
func heldBy(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil || lease.Spec.RenewTime == nil || *lease.Spec.HolderIdentity == "" {
		return ""
	}
	duration := LeaseDuration
	if lease.Spec.LeaseDurationSeconds != nil {
		duration = time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second
	}
	if time.Since(lease.Spec.RenewTime.Time) > duration {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

func (l *Lease) keep(ctx context.Context) {
	ticker := time.NewTicker(LeaseDuration / 5)
	defer ticker.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-ticker.C:
		}
		rctx, cancel := context.WithTimeout(ctx, LeaseDuration/3)
		err := l.renew(rctx)
		cancel()
		if errors.Is(err, ErrFenced) {
			l.cancel(err)
			return
		}
	}
}

// renew re-reads first: requests from others arrive as annotations, and a
// holder that is not us any more means that we were taken over.
func (l *Lease) renew(ctx context.Context) error {
	cur, err := l.get(ctx)
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("lease %s/%s was deleted: %w", l.namespace, Name(l.release), ErrFenced)
	}
	if err != nil {
		return err
	}
	if cur.Spec.HolderIdentity == nil || *cur.Spec.HolderIdentity != l.holder {
		return fmt.Errorf("lease %s/%s: %w", l.namespace, Name(l.release), ErrFenced)
	}
	err = l.write(ctx, cur)
	if apierrors.IsConflict(err) {
		return nil // somebody left a request in between; the next round reads it
	}
	return err
}

// Release gives the Lease back by deleting it. Safe to call twice.
func (l *Lease) Release(ctx context.Context) error {
	l.mu.Lock()
	select {
	case <-l.done:
		l.mu.Unlock()
		return nil
	default:
		close(l.done)
	}
	uid := l.obj.UID
	l.mu.Unlock()
	err := l.client.Delete(ctx, Name(l.release), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("give back the lease %s/%s (it expires by itself in %s): %w", l.namespace, Name(l.release), LeaseDuration, err)
	}
	return nil
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
	if apierrors.IsAlreadyExists(err) {
		return l.take(ctx) // lost a race: say who won it
	}
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
		return err
	}
	return l.keepObject(obj)
}

func (l *Lease) get(ctx context.Context) (*coordinationv1.Lease, error) {
	obj, err := l.client.Get(ctx, Name(l.release), metav1.GetOptions{})
	if err != nil {
		return nil, err
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
