package podworker

import (
	"context"
	"os"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// deadline is the end of a context that can come sooner, never later.
type deadline struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	at     time.Time
	timer  *time.Timer
}

// withDeadline is like context.WithTimeout.
func withDeadline(ctx context.Context, grace time.Duration) (context.Context, *deadline) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, &deadline{cancel: cancel, at: time.Now().Add(grace), timer: time.AfterFunc(grace, cancel)}
}

func (d *deadline) shorten(grace time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := time.Now().Add(grace); at.Before(d.at) {
		d.at = at
		d.timer.Reset(grace)
	}
}

// remove begins the Pod's end, or shortens the time that is left for it.
func (w *Worker) remove(grace time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deadline != nil {
		w.deadline.shorten(grace)
	}
	select {
	case <-w.removing:
	default:
		close(w.removing)
	}
}

// end stops every container that still runs, and waits until all have ended.
// Regular containers go first, then the sidecars, last started first: what
// serves the others goes after them.
func (w *Worker) end(ctx context.Context) {
	ctx, d := withDeadline(ctx, w.grace())
	defer d.cancel()
	w.follow(d)
	w.skip(w.inits)
	w.skip(w.containers)
	var stops sync.WaitGroup
	var before []<-chan struct{}
	for _, c := range w.containers {
		stops.Go(func() { c.stop(ctx, nil) })
		before = append(before, c.over)
	}
	for i := len(w.inits) - 1; i >= 0; i-- {
		c := w.inits[i]
		wait := before[:len(before):len(before)]
		stops.Go(func() { c.stop(ctx, wait) })
		before = append(before, c.over)
	}
	stops.Wait()
	w.running.Wait()
	w.release()
}

// skip marks containers that never had their turn, so that nobody waits for them.
func (w *Worker) skip(list []*container) {
	for _, c := range list {
		if !c.supervised {
			close(c.over)
		}
	}
}

// grace is the time that containers have to end.
func (w *Worker) grace() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.gone:
		return 0
	case w.pod.DeletionTimestamp != nil:
		return graceOf(w.pod)
	}
	return time.Duration(*terminationGrace(w.origin)) * time.Second
}

// follow lets a later change of the grace period move the deadline.
func (w *Worker) follow(d *deadline) {
	w.mu.Lock()
	w.deadline = d
	w.mu.Unlock()
	d.shorten(w.grace()) // it may have changed just now
}

// finish reports the end and deletes the object, unless it is the node that
// ends: then the Pod is to run again when the node comes back.
func (w *Worker) finish(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	w.ended = true
	gone := w.gone
	w.mu.Unlock()
	if !gone {
		w.retry(ctx, w.publish)
		w.deleteObject(ctx)
	}
	if err := os.RemoveAll(w.logDir()); err != nil {
		w.rt.Log.Warn("pod logs not removed", "pod", w.name(), "error", err)
	}
}

func (w *Worker) deleteObject(ctx context.Context) {
	w.retry(ctx, func(ctx context.Context) error {
		zero := int64(0)
		err := w.rt.Client.CoreV1().Pods(w.origin.Namespace).Delete(ctx, w.origin.Name, metav1.DeleteOptions{
			GracePeriodSeconds: &zero,
			Preconditions:      &metav1.Preconditions{UID: &w.origin.UID},
		})
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return nil // it is gone, or another Pod has its name
		}
		return err
	})
}

// retry calls the API server until it answers; it may be away for a while.
func (w *Worker) retry(ctx context.Context, do func(context.Context) error) {
	wait := configBackoff
	for {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		w.rt.Log.Debug("pod: will try again", "pod", w.name(), "error", err)
		if !sleep(ctx, max(wait.next(), wait.first)) {
			return
		}
	}
}
