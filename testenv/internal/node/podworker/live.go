package podworker

import (
	"context"
	"time"
)

// live runs the Pod until its containers are done or must end.
func (w *Worker) live(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-w.removing:
			stop()
		case <-ctx.Done():
		}
	}()
	defer w.limit(stop)()
	if !w.prepare(ctx) {
		return
	}
	go w.refresh(ctx)
	if w.initialize(ctx) {
		w.runRegular(ctx)
	}
}

// limit ends the Pod at its activeDeadlineSeconds.
func (w *Worker) limit(stop func()) (cancel func()) {
	seconds := w.origin.Spec.ActiveDeadlineSeconds
	if seconds == nil {
		return func() {}
	}
	timer := time.AfterFunc(time.Duration(*seconds)*time.Second, func() {
		w.mu.Lock()
		w.failure = failure{"DeadlineExceeded", "Pod was active on the node longer than the specified deadline"}
		w.mu.Unlock()
		stop()
	})
	return func() { timer.Stop() }
}

// initialize runs the init containers, one after the other. It is false when
// the Pod cannot go on.
func (w *Worker) initialize(ctx context.Context) bool {
	for _, c := range w.inits {
		done := c.over
		if c.kind == sidecar {
			done = c.begun
		}
		w.supervise(ctx, c)
		select {
		case <-ctx.Done():
			return false
		case <-done:
		}
		if c.kind == initial && !c.succeeded() {
			return false
		}
	}
	return true
}

// runRegular starts the regular containers in order, each when the one before
// has started with its postStart hook, and waits until all are done.
func (w *Worker) runRegular(ctx context.Context) {
	for _, c := range w.containers {
		w.supervise(ctx, c)
		select {
		case <-ctx.Done():
			return
		case <-c.attempted:
		}
	}
	for _, c := range w.containers {
		select {
		case <-ctx.Done():
			return
		case <-c.over:
		}
	}
}

func (w *Worker) supervise(ctx context.Context, c *container) {
	c.supervised = true
	w.running.Go(func() { c.supervise(ctx) })
}
