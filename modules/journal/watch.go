package journal

import (
	"context"
	"fmt"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A holder is alive when its Lease changes while somebody looks, and gone when
// it has not changed for the Lease's duration as measured here. The times in
// the Lease are by the holder's clock, which may be hours off, so they are only
// compared with each other.

// listening is the time between two looks for a sign of life.
const listening = 300 * time.Millisecond

// sighting is a Lease as it was seen first in its present state.
type sighting struct {
	uid     types.UID
	holder  string
	renewed time.Time
	// since is when it was first seen so, by this process's monotonic clock.
	since time.Time
}

func (s sighting) same(o sighting) bool {
	return s.uid == o.uid && s.holder == o.holder && s.renewed.Equal(o.renewed)
}

func sightingOf(lease *coordinationv1.Lease) sighting {
	s := sighting{uid: lease.UID, holder: holderOf(lease), since: time.Now()}
	if lease.Spec.RenewTime != nil {
		s.renewed = lease.Spec.RenewTime.Time
	}
	return s
}

// sightings is what this process has seen of others' Leases, so that the time
// one command has watched counts for its next.
var sightings = struct {
	sync.Mutex
	of map[string]sighting // by namespace/release
}{of: map[string]sighting{}}

// silent is how long a Lease has been seen unchanged.
func (s *Store) silent(release string, lease *coordinationv1.Lease) time.Duration {
	key, now := s.namespace+"/"+release, sightingOf(lease)
	sightings.Lock()
	defer sightings.Unlock()
	before, known := sightings.of[key]
	if known && before.same(now) {
		return now.since.Sub(before.since)
	}
	sightings.of[key] = now
	return 0
}

// forget has the silence of a Lease count from its next look: what happened in
// between was not seen.
func (s *Store) forget(release string) {
	sightings.Lock()
	defer sightings.Unlock()
	delete(sightings.of, s.namespace+"/"+release)
}

// watch looks at a Lease until it is renewed (a sign of life), gone, or silent
// for a time. It returns the Lease as it then is.
func (s *Store) watch(ctx context.Context, release string, lease *coordinationv1.Lease, most time.Duration) (sign bool, cur *coordinationv1.Lease, err error) {
	first, cur := sightingOf(lease), lease
	ticker := time.NewTicker(listening)
	defer ticker.Stop()
	for told := false; ; {
		if holderOf(cur) == "" {
			return false, cur, nil
		}
		if !sightingOf(cur).same(first) {
			return true, cur, nil
		}
		quiet := s.silent(release, cur)
		if quiet >= most {
			return false, cur, nil
		}
		if !told && quiet >= LeaseDuration/3 {
			told = true
			s.tell(fmt.Sprintf("%s has the lease and has not renewed it for %s; its place is taken after %s", first.holder, quiet.Round(time.Second), most))
		}
		select {
		case <-ctx.Done():
			return false, nil, ctx.Err()
		case <-ticker.C:
		}
		if cur, err = s.again(ctx, release); err != nil {
			return false, nil, err
		}
	}
}

// again reads a Lease that was read before. A holder cannot renew while the API
// server does not answer, so such a time does not count as silence.
func (s *Store) again(ctx context.Context, release string) (*coordinationv1.Lease, error) {
	for began := time.Now(); ; {
		cur, err := s.lease(ctx, release)
		if err == nil {
			return cur, nil
		}
		s.forget(release)
		if ctx.Err() != nil || time.Since(began) > 4*LeaseDuration {
			return nil, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(listening):
		}
	}
}

func (s *Store) tell(text string) {
	if s.Tell != nil {
		s.Tell(text)
	}
}
