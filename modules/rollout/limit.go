package rollout

import (
	"sync"
	"time"
)

// limit is a time that stands still while a person is waited for.
type limit struct {
	mu    sync.Mutex
	timer *time.Timer
	left  time.Duration
	since time.Time // when it last began to run; zero while it stands still
}

// newLimit calls over when the time has run out; there is no end when it is
// zero.
func newLimit(most time.Duration, over func()) *limit {
	if most <= 0 {
		return nil
	}
	return &limit{timer: time.AfterFunc(most, over), left: most, since: time.Now()}
}

// hold stops the time, or lets it run again. Safe to call with what is so.
func (l *limit) hold(still bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case still && !l.since.IsZero() && l.timer.Stop():
		l.left, l.since = l.left-time.Since(l.since), time.Time{}
	case !still && l.since.IsZero():
		l.since = time.Now()
		l.timer.Reset(max(0, l.left))
	}
}

func (l *limit) stop() {
	if l != nil {
		l.timer.Stop()
	}
}
