package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Request is what somebody asks of the driver. It travels as an annotation of
// the Lease, so that the record itself has one writer only.
type Request string

// The requests a driver understands.
const (
	RequestNone     Request = ""
	RequestPause    Request = "pause"
	RequestResume   Request = "resume"
	RequestPromote  Request = "promote"
	RequestRollback Request = "rollback"

	requestAnnotation = "headgate.dev/request"
	// askedAnnotation tells two equal requests apart.
	askedAnnotation = "headgate.dev/asked"
)

func requestOf(lease *coordinationv1.Lease) Request {
	return Request(lease.Annotations[requestAnnotation])
}

// Request is the latest one that was left for this driver; it stays until
// another replaces it or Settle is called.
func (l *Lease) Request() Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.obj.Annotations[askedAnnotation] == l.settled {
		return RequestNone
	}
	return requestOf(l.obj)
}

// Settle says that the latest request has been acted upon: a word that answered
// one question is no answer to the next.
func (l *Lease) Settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = l.obj.Annotations[askedAnnotation]
}

// Holder says who drives a Release now; empty when nobody does.
func (s *Store) Holder(ctx context.Context, release string) (string, error) {
	lease, err := s.lease(ctx, release)
	if err != nil || lease == nil {
		return "", err
	}
	return heldBy(lease), nil
}

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

// leave writes a request, and returns the Lease as it then is; nil when it has
// just been given back.
func (s *Store) leave(ctx context.Context, release string, r Request) (*coordinationv1.Lease, error) {
	notes := map[string]any{requestAnnotation: string(r), askedAnnotation: time.Now().UTC().Format(time.RFC3339Nano)}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": notes}})
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	obj, err := s.client.Resource(leases).Namespace(s.namespace).Patch(ctx, Name(release), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask the driver of %s/%s to %s: %w", s.namespace, release, r, err)
	}
	return fromUnstructured(obj)
}

// listening is the time between two looks for a sign of life.
const listening = 300 * time.Millisecond

// Ask leaves a request for whoever drives the Release now, and waits until it
// has been read. It returns who that is; empty when nobody drives the Release,
// or when its driver shows no sign of life any more.
func (s *Store) Ask(ctx context.Context, release string, r Request) (string, error) {
	driver, err := s.Holder(ctx, release)
	if err != nil || driver == "" {
		return "", err
	}
	asked, err := s.leave(ctx, release, r)
	if err != nil || asked == nil || heldBy(asked) != driver {
		return "", err
	}
	return s.sign(ctx, release, asked)
}

// Alive waits for a sign of life from whoever drives the Release, and says who
// that is; empty when nobody does, or shows none until the Lease has expired.
func (s *Store) Alive(ctx context.Context, release string) (string, error) {
	lease, err := s.lease(ctx, release)
	if err != nil || lease == nil || heldBy(lease) == "" {
		return "", err
	}
	return s.sign(ctx, release, lease)
}

// sign waits until the Lease is renewed by its holder, whom it then returns.
func (s *Store) sign(ctx context.Context, release string, since *coordinationv1.Lease) (string, error) {
	driver := heldBy(since)
	ticker := time.NewTicker(listening)
	defer ticker.Stop()
	for {
		cur, err := s.lease(ctx, release)
		switch {
		case err != nil:
			return "", err
		case cur == nil || heldBy(cur) != driver:
			return "", nil
		case !cur.Spec.RenewTime.Equal(since.Spec.RenewTime): // a renewal reads requests first
			return driver, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-ticker.C:
		}
	}
}
