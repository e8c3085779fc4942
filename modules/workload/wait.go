package workload

import (
	"context"
	"fmt"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Status is how far a Deployment is.
type Status struct {
	// Object is such as "Deployment demo/sample-canary".
	Object string
	// Ready and Wanted are numbers of Pods.
	Ready, Wanted int
	// Message says what is being waited for; empty when ready.
	Message string
	// Changing says that Pods are replaced, of which Updated are of the version
	// asked for and serve.
	Changing bool
	Updated  int
	// Trouble is what keeps Pods from getting ready; empty without any.
	Trouble string
}

// Progress is how far it has come, in a line; empty when there is nothing to
// wait for.
func (s Status) Progress() string {
	text := ""
	switch {
	case s.Changing && s.Updated < s.Wanted:
		text = fmt.Sprintf("%d of %d Pods updated", s.Updated, s.Wanted)
	case s.Ready < s.Wanted:
		text = fmt.Sprintf("%d of %d replicas ready", s.Ready, s.Wanted)
	default:
		return ""
	}
	return joined(text, s.Trouble)
}

func (s Status) String() string {
	text := fmt.Sprintf("%d of %d replicas ready", s.Ready, s.Wanted)
	if s.Message != "" {
		text += ": " + s.Message
	}
	return text
}

// waiter waits for one Deployment.
type waiter struct {
	c      *Candidate
	name   string
	began  time.Time
	memory memory
	// last is what was seen at the latest look that succeeded.
	last     Status
	findings []finding
	err      error // of the latest look, when it failed
}

// wait waits until a Deployment is as kstatus wants it, its failure is certain,
// or the timeout has passed. The API server may be away in between.
func (c *Candidate) wait(ctx context.Context, name string) (Status, error) {
	w := &waiter{c: c, name: name, began: time.Now(), memory: memory{}}
	w.last.Object, w.last.Changing = object("Deployment", c.state.Namespace, name), name == c.state.Name
	ticker := time.NewTicker(c.state.Interval)
	defer ticker.Stop()
	for {
		done, err := w.look(ctx)
		if done || err != nil {
			return w.last, err
		}
		if time.Since(w.began) >= c.state.Timeout {
			return w.last, w.timedOut(ctx)
		}
		select {
		case <-ctx.Done():
			return w.last, fmt.Errorf("waiting for %s (%s): %w", w.last.Object, w.last, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// look looks once: true when ready, an error when it never will be.
func (w *waiter) look(ctx context.Context) (bool, error) {
	dep, err := find(ctx, w.c.api(deployments), w.name)
	if err != nil {
		return false, w.failed(err)
	}
	if dep == nil {
		return false, fmt.Errorf("%s is gone: somebody deleted it while it was waited for", w.last.Object)
	}
	res, err := status.Compute(dep)
	if err != nil {
		return false, fmt.Errorf("%s: read its status: %w", w.last.Object, err)
	}
	w.last.Wanted, w.last.Ready, w.last.Message, w.last.Trouble = replicasOf(dep), ready(dep), "", ""
	w.last.Updated = updated(dep)
	if res.Status == status.CurrentStatus {
		w.report()
		return true, nil
	}
	w.last.Message = res.Message
	if err := w.diagnose(ctx, dep); err != nil {
		return false, w.failed(err)
	}
	w.err = nil
	w.report()
	return false, w.decide(ctx, res)
}

// decide ends the wait early when time will not help.
func (w *waiter) decide(ctx context.Context, res *status.Result) error {
	if f := w.memory.verdict(w.findings, time.Now(), w.c.state.Patience); f != nil {
		return w.notReady(ctx, *f)
	}
	if res.Status != status.FailedStatus {
		return nil
	}
	f := finding{reason: "ProgressDeadlineExceeded", next: "see kubectl describe deployment -n " + w.c.state.Namespace + " " + w.name}
	if found := worst(w.findings); found != nil {
		f = *found
	}
	f.detail = joined("it made no progress within its progressDeadlineSeconds", f.detail)
	return w.notReady(ctx, f)
}

func (w *waiter) report() {
	if f := worst(w.findings); f != nil && w.last.Message != "" {
		w.last.Message = f.reason + ": " + f.detail
		w.last.Trouble = w.last.Message
	}
	if w.c.progress != nil {
		w.c.progress(w.last)
	}
}

// failed keeps an error that may pass, and returns one that will not.
func (w *waiter) failed(err error) error {
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		return refused("watch", w.last.Object, err)
	}
	w.err, w.last.Message = err, fmt.Sprintf("the API server does not answer: %v", err)
	w.last.Trouble = w.last.Message
	if w.c.progress != nil {
		w.c.progress(w.last)
	}
	return nil
}

func (w *waiter) timedOut(ctx context.Context) error {
	if w.err != nil {
		return fmt.Errorf("%s was not seen ready within %s, and the API server does not answer: %w", w.last.Object, w.c.state.Timeout, w.err)
	}
	f := finding{reason: "Timeout", detail: w.last.String(), next: "see kubectl describe deployment -n " + w.c.state.Namespace + " " + w.name}
	if found := worst(w.findings); found != nil {
		f = *found
	}
	f.detail = joined(fmt.Sprintf("not within %s", w.c.state.Timeout), f.detail)
	return w.notReady(ctx, f)
}

// notReady makes the error, with the container's last lines and the newest
// event, which often says what a probe got for an answer.
func (w *waiter) notReady(ctx context.Context, f finding) error {
	e := &NotReadyError{Object: w.last.Object, Reason: f.reason, Detail: f.detail, Next: f.next}
	if f.pod == "" {
		return e
	}
	if event := w.c.newestWarning(ctx, f); event != "" {
		e.Detail = joined(e.Detail, event)
	}
	if f.container != "" && w.c.clients.Logs != nil {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		lines, err := w.c.clients.Logs.Tail(ctx, w.c.state.Namespace, f.pod, f.container, f.previous, logLines)
		if err == nil {
			e.Logs = lines
		}
	}
	return e
}

const logLines = 10

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func ready(dep *unstructured.Unstructured) int {
	n, _, _ := unstructured.NestedInt64(dep.Object, "status", "readyReplicas")
	return int(n)
}

// updated is how many Pods are of the template as it is now and serve. The
// status counts those that serve together: what the older Pods cannot account for
// are newer ones.
func updated(dep *unstructured.Unstructured) int {
	count := func(field string) int64 {
		n, _, _ := unstructured.NestedInt64(dep.Object, "status", field)
		return n
	}
	if count("observedGeneration") < dep.GetGeneration() {
		return 0
	}
	older := count("replicas") - count("updatedReplicas")
	return int(max(0, min(count("updatedReplicas"), count("availableReplicas")-older)))
}
