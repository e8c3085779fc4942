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
// another replaces it or SettleIf is called.
func (l *Lease) Request() Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.obj.Annotations[askedAnnotation] == l.settled {
		return RequestNone
	}
	return requestOf(l.obj)
}

// SettleIf says that the latest request has been acted upon, when it is r: a word
// that answered one question is no answer to the next. It reports whether it was
// r; another one, which may have come since the driver looked, stands.
func (l *Lease) SettleIf(r Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	asked := l.obj.Annotations[askedAnnotation]
	if asked == l.settled || requestOf(l.obj) != r {
		return false
	}
	l.settled = asked
	return true
}

// Holder says who drives a Release now; empty when nobody does. Where the
// clocks agree that the Lease is fresh it answers at once, else it looks for a
// renewal for a while.
func (s *Store) Holder(ctx context.Context, release string) (string, error) {
	lease, err := s.lease(ctx, release)
	if err != nil || holderOf(lease) == "" {
		return "", err
	}
	most := durationOf(lease)
	if lease.Spec.RenewTime != nil && time.Since(lease.Spec.RenewTime.Time).Abs() < most {
		return holderOf(lease), nil
	}
	return s.sign(ctx, release, lease, 2*most/5)
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

// Ask leaves a request for whoever drives the Release now, and waits until it
// has been read. It returns who that is; empty when nobody drives the Release,
// or when its driver shows no sign of life any more.
func (s *Store) Ask(ctx context.Context, release string, r Request) (string, error) {
	lease, err := s.lease(ctx, release)
	if err != nil || holderOf(lease) == "" {
		return "", err
	}
	asked, err := s.leave(ctx, release, r)
	if err != nil || asked == nil || holderOf(asked) != holderOf(lease) {
		return "", err
	}
	return s.sign(ctx, release, asked, durationOf(asked)) // a renewal reads requests first
}

// Alive waits for a sign of life from whoever drives the Release, and says who
// that is; empty when nobody does, or shows none for the Lease's duration.
func (s *Store) Alive(ctx context.Context, release string) (string, error) {
	lease, err := s.lease(ctx, release)
	if err != nil || holderOf(lease) == "" {
		return "", err
	}
	return s.sign(ctx, release, lease, durationOf(lease))
}

// sign is who holds the Lease if it is renewed within a time of silence.
func (s *Store) sign(ctx context.Context, release string, lease *coordinationv1.Lease, most time.Duration) (string, error) {
	driver := holderOf(lease)
	alive, cur, err := s.watch(ctx, release, lease, most)
	if err != nil || !alive || holderOf(cur) != driver {
		return "", err
	}
	return driver, nil
}
