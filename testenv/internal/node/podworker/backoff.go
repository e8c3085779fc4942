package podworker

import "time"

// backoff says how long to wait before a try, in the kubelet's shape but on a
// scale on which a test can wait: the first comes at once, then the wait
// doubles up to a limit.
type backoff struct {
	first, limit time.Duration
	tries        int
}

var (
	restartBackoff = backoff{first: time.Second, limit: 30 * time.Second}
	imageBackoff   = backoff{first: time.Second, limit: 10 * time.Second}
	configBackoff  = backoff{first: 250 * time.Millisecond, limit: 5 * time.Second}
)

// next counts a try and returns the wait before it.
func (b *backoff) next() time.Duration {
	b.tries++
	if b.tries == 1 {
		return 0
	}
	wait := b.first
	for range b.tries - 2 {
		if wait *= 2; wait >= b.limit {
			return b.limit
		}
	}
	return wait
}

// ran tells how long the last try lasted: one that went well for long enough
// clears the record.
func (b *backoff) ran(d time.Duration) {
	if d >= 2*b.limit {
		b.tries = 0
	}
}
