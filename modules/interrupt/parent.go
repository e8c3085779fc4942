package interrupt

import (
	"context"
	"time"
)

// parentEvery is how often the parent is looked for.
const parentEvery = time.Second

// process is what there is to know of the one that this is.
type process interface {
	// parent is the process that this one is a child of now.
	parent() int
	// detached says that the process is meant to outlive its parent.
	detached() bool
}

// watchParent is closed when the parent goes away unmeant: a cancelled CI job's
// shell is killed, and what it ran is told nothing.
//
// The parent counts from the first look on, which is after every has passed: a
// program that starts another in the background ends at once.
//
// Linux could send a signal (PR_SET_PDEATHSIG). It does so when the parent's
// thread ends, and programs with threads of their own, such as those in Go and
// Java, end threads as they like.
func watchParent(ctx context.Context, p process, every time.Duration) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		parent, detached := 0, true
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now := p.parent()
			if !detached && now != parent {
				close(gone)
				return
			}
			parent, detached = now, now <= 1 || p.detached()
		}
	}()
	return gone
}
