package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

// TestFollowingEndsWhenTheJournalIsGone deletes the record while a driver has the
// Lease, and then lets the driver go.
func TestFollowingEndsWhenTheJournalIsGone(t *testing.T) {
	t.Parallel()
	a := openAbandoned(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := a.cluster(nil)
	_, lease, err := journal.New(a.client, a.ns).Acquire(ctx, "sample", "driver")
	if err != nil {
		t.Fatal(err)
	}
	begun, warned := make(chan struct{}), make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() {
		_, err := session.Follow(ctx, c, "sample", session.Following{Observe: func(rollout.Event) { close(begun) }, Warn: func(error) { warned <- struct{}{} }})
		ended <- err
	}()
	<-begun
	if err := a.client.Resource(resources["ConfigMap"]).Namespace(a.ns).Delete(ctx, "headgate-sample", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		select {
		case <-warned:
		case err := <-ended:
			t.Fatalf("a driver that lives writes its record anew, but nobody waited for that: %v", err)
		}
	}
	if err := lease.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
