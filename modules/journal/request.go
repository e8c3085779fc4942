package journal

import (
	"context"
	"encoding/json"
	"fmt"

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
)

func requestOf(lease *coordinationv1.Lease) Request {
	return Request(lease.Annotations[requestAnnotation])
}

// Request is the latest one that was left for this driver; it stays until
// another replaces it.
func (l *Lease) Request() Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.request
}

// Holder says who drives a Release now; empty when nobody does.
func (s *Store) Holder(ctx context.Context, release string) (string, error) {
	obj, err := s.client.Resource(leases).Namespace(s.namespace).Get(ctx, Name(release), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the lease %s/%s: %w", s.namespace, Name(release), err)
	}
	lease, err := fromUnstructured(obj)
	if err != nil {
		return "", err
	}
	return heldBy(lease), nil
}

// Ask leaves a request for whoever drives the Release now.
func (s *Store) Ask(ctx context.Context, release string, r Request) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{requestAnnotation: string(r)}}})
	if err != nil {
		return err
	}
	_, err = s.client.Resource(leases).Namespace(s.namespace).Patch(ctx, Name(release), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("ask the driver of %s/%s to %s: %w", s.namespace, release, r, err)
	}
	return nil
}
