package manifest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Status is how far an object is.
type Status struct {
	Object *unstructured.Unstructured
	// Ready is what kstatus calls current; Failed means that it will not become
	// so by itself.
	Ready, Failed bool
	Message       string
	// Why is what its Pods and events say; whoever asks for it fills it in.
	Why []string
}

// NotReadyError lists what did not become ready.
type NotReadyError struct {
	Waited time.Duration
	// TimedOut says that more time might have helped.
	TimedOut bool
	// Pending are the objects that were not ready at the last look.
	Pending []Status
}

func (e *NotReadyError) Error() string {
	text := fmt.Sprintf("not ready after %s:", e.Waited.Round(time.Second))
	for _, s := range e.Pending {
		text += fmt.Sprintf("\n  %s: %s", Describe(s.Object), s.Message)
		for _, line := range s.Why {
			text += "\n    " + line
		}
	}
	return text
}

// WaitOptions bound a wait.
type WaitOptions struct {
	// Timeout bounds the whole wait.
	Timeout time.Duration
	// Interval is the time between two looks; a second when zero.
	Interval time.Duration
	// Observe is told, when that has changed, how many of all are ready.
	Observe func(ready, all int, pending []Status)
}

// Wait waits until all objects are as kstatus wants them. The error is a
// *NotReadyError when the timeout passes, or as soon as one has failed for good.
func (a *Applier) Wait(ctx context.Context, objs []*unstructured.Unstructured, o WaitOptions) error {
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	began, told := time.Now(), -1
	pending := objs
	ticker := time.NewTicker(o.Interval)
	defer ticker.Stop()
	for {
		states, err := a.look(ctx, pending)
		if err != nil {
			return err
		}
		waiting, failed := sift(states)
		pending = pending[:0:0]
		for _, s := range waiting {
			pending = append(pending, s.Object)
		}
		if ready := len(objs) - len(waiting); o.Observe != nil && ready != told {
			told = ready
			o.Observe(ready, len(objs), waiting)
		}
		switch {
		case len(waiting) == 0:
			return nil
		case len(failed) > 0:
			return &NotReadyError{Waited: time.Since(began), Pending: failed}
		case time.Since(began) >= o.Timeout:
			return &NotReadyError{Waited: time.Since(began), TimedOut: true, Pending: waiting}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", Describe(pending[0]), context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

func sift(states []Status) (waiting, failed []Status) {
	for _, s := range states {
		if !s.Ready {
			waiting = append(waiting, s)
		}
		if s.Failed {
			failed = append(failed, s)
		}
	}
	return waiting, failed
}

// look reads the objects and how far they are.
func (a *Applier) look(ctx context.Context, objs []*unstructured.Unstructured) ([]Status, error) {
	out := make([]Status, len(objs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, obj := range objs {
		g.Go(func() (err error) {
			out[i], err = a.status(ctx, obj)
			return err
		})
	}
	return out, g.Wait()
}

func (a *Applier) status(ctx context.Context, obj *unstructured.Unstructured) (Status, error) {
	t, err := a.target(obj)
	if err != nil {
		return Status{}, err
	}
	live, err := t.api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return Status{Object: t.obj, Failed: true, Message: "it is gone: somebody deleted it"}, nil
	case apierrors.IsForbidden(err), errors.Is(err, context.Canceled):
		return Status{}, fmt.Errorf("read %s: %w", Describe(t.obj), err)
	case err != nil:
		return Status{Object: t.obj, Message: err.Error()}, nil // the API server may come back
	}
	result, err := status.Compute(live)
	if err != nil {
		return Status{}, fmt.Errorf("status of %s: %w", Describe(live), err)
	}
	return Status{
		Object: live, Message: result.Message,
		Ready: result.Status == status.CurrentStatus, Failed: result.Status == status.FailedStatus,
	}, nil
}
