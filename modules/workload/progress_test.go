package workload

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestAnUpdateIsSeenPodByPod lets the second new Pod get ready when the first has
// been told of.
func TestAnUpdateIsSeenPodByPod(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var first atomic.Value
	var told atomic.Bool
	c.kubelet(func(pod *corev1.Pod) corev1.PodStatus {
		if pod.Labels[LabelRole] == roleCandidate || pod.Spec.Containers[0].Image != newImage {
			return healthy(pod)
		}
		first.CompareAndSwap(nil, pod.Name)
		if first.Load() == pod.Name || told.Load() {
			return healthy(pod)
		}
		return corev1.PodStatus{Phase: corev1.PodPending}
	})
	c.create(deployments, parse(t, smallYAML))
	c.ready()
	cand := c.open(c.options())
	c.must("create", cand.Create(t.Context(), 1))
	var seen []string
	cand.Observe(func(s Status) {
		seen = append(seen, s.Progress())
		if strings.HasPrefix(s.Progress(), "1 of 2 Pods updated") {
			told.Store(true)
		}
	})
	c.must("promote", cand.PromoteStable(t.Context()))
	seen = slices.Compact(seen)
	if all := strings.Join(seen, "\n"); !strings.Contains(all, "1 of 2 Pods updated") || seen[len(seen)-1] != "" {
		t.Errorf("told %q", seen)
	}
}
