package journal

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Owner has objects go when the record does. It is of a record that was saved
// or loaded.
func (r *Record) Owner() metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: Name(r.Release), UID: r.uid}
}

// Sign reads the latest sign of life of whoever drives a Release. The mark
// changes with each of them; both are empty when there is no Lease.
func (s *Store) Sign(ctx context.Context, release string) (holder, mark string, err error) {
	lease, err := s.lease(ctx, release)
	if err != nil {
		s.forget(release)
	}
	if err != nil || lease == nil {
		return "", "", err
	}
	s.silent(release, lease) // what is seen here counts when the Lease is taken over
	if lease.Spec.HolderIdentity != nil {
		holder = *lease.Spec.HolderIdentity
	}
	return holder, fmt.Sprintf("%s %s %s", lease.UID, holder, lease.Spec.RenewTime), nil
}
