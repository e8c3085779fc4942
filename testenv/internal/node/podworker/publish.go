package podworker

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/headgate-ci/headgate/testenv/internal/node/podstatus"
)

// touch asks for the status to be written soon.
func (w *Worker) touch() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *Worker) publishLoop(ctx context.Context) {
	w.touch()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.changed:
			w.retry(ctx, w.publish)
		}
	}
}

// publish writes the status if it differs from what the API server has.
func (w *Worker) publish(ctx context.Context) error {
	old := w.latest()
	status := podstatus.Compute(w.input(old))
	patch, err := statusPatch(old, status)
	if err != nil || patch == nil {
		return err
	}
	pod, err := w.rt.Client.CoreV1().Pods(old.Namespace).Patch(ctx, old.Name,
		types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	switch {
	case apierrors.IsNotFound(err), apierrors.IsConflict(err):
		return nil // the watch will tell
	case err != nil:
		return fmt.Errorf("write status of pod %s: %w", w.name(), err)
	}
	w.adopt(pod)
	return nil
}

func (w *Worker) latest() *corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pod
}

func (w *Worker) input(pod *corev1.Pod) podstatus.Input {
	in := podstatus.Input{
		Pod: pod, Inits: snapshots(w.inits), Containers: snapshots(w.containers),
		NodeIP: w.rt.Node.String(), Now: metav1.Now(),
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ip.IsValid() {
		in.PodIP = w.ip.String()
	}
	in.Volumes, in.Ended = w.prepared, w.ended
	in.Failure, in.FailureMessage = w.failure.reason, w.failure.message
	return in
}

func snapshots(list []*container) []corev1.ContainerStatus {
	var all []corev1.ContainerStatus
	for _, c := range list {
		all = append(all, c.snapshot())
	}
	return all
}

// statusPatch is nil when nothing is different. It carries the UID, so that a
// new Pod of the same name is never given the status of an old one.
func statusPatch(pod *corev1.Pod, status corev1.PodStatus) ([]byte, error) {
	before, err := json.Marshal(corev1.Pod{Status: pod.Status})
	if err != nil {
		return nil, err
	}
	after, err := json.Marshal(corev1.Pod{Status: status})
	if err != nil {
		return nil, err
	}
	patch, err := strategicpatch.CreateTwoWayMergePatch(before, after, corev1.Pod{})
	if err != nil {
		return nil, fmt.Errorf("status patch: %w", err)
	}
	if string(patch) == "{}" {
		return nil, nil
	}
	var withUID map[string]any
	if err := json.Unmarshal(patch, &withUID); err != nil {
		return nil, err
	}
	withUID["metadata"] = map[string]any{"uid": pod.UID}
	return json.Marshal(withUID)
}
