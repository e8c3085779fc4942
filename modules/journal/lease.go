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
	"k8s.io/client-go/dynamic"
)

// LeaseDuration is how long a driver may be silent before another may take
// over; it renews five times as often.
const LeaseDuration = 15 * time.Second

// backTries is how often giving a Lease back is tried.
const backTries = 5

// HeldError says that somebody else drives this Release.
type HeldError struct {
	Namespace, Release string
	Holder             string
	// Renewed is the last sign of life that was seen from here.
	Renewed time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("release %[1]s/%[2]s: %[3]s is rolling it out (last sign of life %[4]s ago); watch it with `headgate status %[2]s -n %[1]s --follow`, end it with `headgate rollback %[2]s -n %[1]s`, or wait for it with --wait-for-lock",
		e.Namespace, e.Release, e.Holder, time.Since(e.Renewed).Round(time.Second))
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

// Acquire takes the Lease for holder, or says who has it with a HeldError. A
// holder that seems to be gone is watched for the Lease's whole duration before
// its place is taken. The context it returns ends, with ErrFenced as its cause,
// when the Lease is lost.
func (s *Store) Acquire(ctx context.Context, release, holder string) (context.Context, *Lease, error) {
	l := &Lease{client: s.client.Resource(leases).Namespace(s.namespace), namespace: s.namespace, release: release, holder: holder, done: make(chan struct{})}
	held, cancel := context.WithCancelCause(ctx)
	l.cancel = cancel
	if err := s.take(ctx, l); err != nil {
		cancel(err)
		return nil, nil, err
	}
	// The renewal outlives a cancelled ctx: a driver that is asked to stop
	// still drives until it has put everything back.
	go l.keep(context.WithoutCancel(ctx))
	return held, l, nil
}

// take tries until the Lease is ours or somebody else's for certain.
func (s *Store) take(ctx context.Context, l *Lease) error {
	for {
		cur, err := s.lease(ctx, l.release)
		if err != nil {
			return err
		}
		if cur, err = s.vacant(ctx, l, cur); err != nil {
			return err
		}
		if cur == nil {
			err = l.create(ctx)
		} else {
			err = l.takeOver(ctx, cur)
		}
		if !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) && !apierrors.IsNotFound(err) {
			return err
		}
		if ctx.Err() != nil { // lost a race, and the time to see who won it
			return ctx.Err()
		}
	}
}

// vacant waits until nobody holds the Lease, and returns it as it then is: nil
// when there is none. A holder that shows a sign of life is a HeldError.
func (s *Store) vacant(ctx context.Context, l *Lease, cur *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	held := holderOf(cur)
	if held == "" || held == l.holder {
		return cur, nil
	}
	sign, cur, err := s.watch(ctx, l.release, cur, durationOf(cur))
	if err != nil {
		return nil, err
	}
	if sign {
		return nil, &HeldError{Namespace: l.namespace, Release: l.release, Holder: holderOf(cur), Renewed: time.Now()}
	}
	return cur, nil
}

// takeOver replaces a holder that is gone. It fails with a conflict when the
// Lease is not as it was seen any more.
func (l *Lease) takeOver(ctx context.Context, cur *coordinationv1.Lease) error {
	transitions := int32(1)
	if cur.Spec.LeaseTransitions != nil {
		transitions = *cur.Spec.LeaseTransitions + 1
	}
	now := metav1.NewMicroTime(time.Now())
	cur.Spec.LeaseTransitions, cur.Spec.AcquireTime = &transitions, &now
	delete(cur.Annotations, requestAnnotation)
	delete(cur.Annotations, askedAnnotation)
	return l.write(ctx, cur)
}

// Check asks the API server whether the Lease is still ours, and ends the
// driver's context when it is not.
func (l *Lease) Check(ctx context.Context) error {
	cur, err := l.get(ctx)
	if err == nil {
		err = l.ours(cur)
	}
	if apierrors.IsNotFound(err) {
		err = fmt.Errorf("lease %s/%s was deleted: %w", l.namespace, Name(l.release), ErrFenced)
	}
	if errors.Is(err, ErrFenced) {
		l.cancel(err)
	}
	return err
}

func (l *Lease) ours(cur *coordinationv1.Lease) error {
	if held := holderOf(cur); held != l.holder {
		return fmt.Errorf("lease %s/%s is held by %s: %w", l.namespace, Name(l.release), orNobody(held), ErrFenced)
	}
	return nil
}

func orNobody(holder string) string {
	if holder == "" {
		return "nobody"
	}
	return holder
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
	if err := l.ours(cur); err != nil {
		return err
	}
	l.hear(cur)
	err = l.write(ctx, cur)
	if apierrors.IsConflict(err) {
		return nil // somebody left a request in between; the next round reads it
	}
	return err
}

// hear takes in what was read before the renewal is there to be seen: who sees it
// takes it for a sign that the request before it was heard.
func (l *Lease) hear(cur *coordinationv1.Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.obj = cur.DeepCopy()
}

// Release gives the Lease back by deleting it. Safe to call twice. A Lease that
// somebody else has taken over meanwhile stays theirs.
//
// It tries a few times, some seconds in all.
func (l *Lease) Release(ctx context.Context) error {
	l.mu.Lock()
	select {
	case <-l.done:
		l.mu.Unlock()
		return nil
	default:
		close(l.done)
	}
	l.mu.Unlock()
	for left, pause := backTries, 200*time.Millisecond; ; {
		cur, err := l.get(ctx)
		if apierrors.IsNotFound(err) || err == nil && l.ours(cur) != nil {
			return nil
		}
		if err == nil {
			err = l.client.Delete(ctx, Name(l.release), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &cur.UID, ResourceVersion: &cur.ResourceVersion}})
		}
		switch {
		case err == nil, apierrors.IsNotFound(err):
			return nil
		case apierrors.IsConflict(err) && ctx.Err() == nil: // a request arrived in between
		case left > 1 && ctx.Err() == nil: // an API server that stumbles
			time.Sleep(pause)
			left, pause = left-1, 2*pause
		default:
			return fmt.Errorf("give back the lease %s/%s (it expires by itself in %s): %w", l.namespace, Name(l.release), LeaseDuration, err)
		}
	}
}
