// Package optimistic repeats writes that hold only while an object is as it was
// read. Such a write loses against whoever writes in between. Tried again at
// once, it can lose for ever: a controller that answers each change with one of
// its own does so after about the same time, which may be just between the next
// read and the next write.
package optimistic

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
)

// tries bounds how often a write is worked out again; with the pauses it is
// given up after some 20 s.
const tries = 40

// pauses get longer, and each is drawn anew so that two who write in turns fall
// out of step.
var pauses = wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1.5, Jitter: 1, Cap: 500 * time.Millisecond, Steps: tries}

// BusyError says that somebody else was quicker every time.
type BusyError struct {
	// Object is such as "VirtualService demo/sample".
	Object string
	Tries  int
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s changes faster than it can be written (%d tries); find out who writes it all the time (`kubectl get -o yaml --show-managed-fields`)", e.Object, e.Tries)
}

// Write calls try, which reads an object and writes it as it was read, until it
// wrote or did not for another reason than a write by somebody else in between.
// There is a pause before another try, so what was read before is old in it.
func Write(ctx context.Context, object string, try func() (raced bool, err error)) error {
	pause := pauses
	for range tries {
		raced, err := try()
		if !raced || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("write %s: %w", object, context.Cause(ctx))
		case <-time.After(pause.Step()):
		}
	}
	return &BusyError{Object: object, Tries: tries}
}

// Raced says whether a write that names what it read (a resourceVersion in a
// merge patch, a precondition) was refused because the object is not like that
// any more. Any other outcome comes back as it is.
func Raced(outcome error) (bool, error) {
	if apierrors.IsConflict(outcome) {
		return true, nil
	}
	return false, outcome
}

// RacedPatch is Raced for a JSON Patch with tests: one whose test fails and one
// that makes an invalid object have the same status, so the object itself must
// tell.
func RacedPatch(ctx context.Context, api dynamic.ResourceInterface, read *unstructured.Unstructured, outcome error) (bool, error) {
	if !apierrors.IsInvalid(outcome) {
		return Raced(outcome)
	}
	now, err := api.Get(ctx, read.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, err
	case now.GetResourceVersion() != read.GetResourceVersion():
		return true, nil
	}
	return false, outcome
}
