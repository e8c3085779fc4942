package incluster_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/incluster"
)

// TestWhoTakesThePlaceOfAPodOnALostNode evicts a Pod from a node whose kubelet
// does not answer: it stays as it is, since nobody knows whether it still runs.
// A watchdog has another one all the same; a rollout must not.
func TestWhoTakesThePlaceOfAPodOnALostNode(t *testing.T) {
	w := open(t)
	rollout := w.spec()
	rollout.Duty, rollout.Account, rollout.Rules, rollout.Final, rollout.Retries = incluster.Run, "default", nil, []int32{1, 3}, 6
	for _, s := range []incluster.Spec{rollout, w.spec()} {
		job := w.start(s)
		first := w.podOf(job, "")
		w.lose(first)
		if s.Duty == incluster.Watchdog {
			w.podOf(job, first.Name)
			continue
		}
		// The controller has seen the eviction when it counts the Pod as leaving.
		w.eventually(func() bool {
			j, err := w.typed.BatchV1().Jobs(w.ns).Get(t.Context(), job.Name, metav1.GetOptions{})
			return err == nil && j.Status.Terminating != nil && *j.Status.Terminating == 1
		})
		if pods := w.podsOf(job); len(pods) != 1 {
			t.Errorf("two Pods may roll out at a time: %d", len(pods))
		}
	}
}

func (w *world) eventually(is func() bool) {
	w.t.Helper()
	for range 300 {
		if is() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatal("it never came to that")
}

func (w *world) podsOf(j *incluster.Job) []corev1.Pod {
	w.t.Helper()
	list, err := w.typed.CoreV1().Pods(w.ns).List(w.t.Context(), metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + j.Name})
	if err != nil {
		w.t.Fatal(err)
	}
	return list.Items
}

// podOf waits for a Job's Pod that is not the one named.
func (w *world) podOf(j *incluster.Job, not string) (pod corev1.Pod) {
	w.t.Helper()
	w.eventually(func() bool {
		for _, pod = range w.podsOf(j) {
			if pod.Name != not {
				return true
			}
		}
		return false
	})
	return pod
}

// lose has the Pod run on a node, and be evicted from it.
func (w *world) lose(pod corev1.Pod) {
	w.t.Helper()
	ctx, pods := w.t.Context(), w.typed.CoreV1().Pods(w.ns)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "lost-" + pod.Name}}
	if _, err := w.typed.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	if err := pods.Bind(ctx, &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: node.Name}}, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	bound, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	bound.Status.Phase = corev1.PodRunning
	if _, err := pods.UpdateStatus(ctx, bound, metav1.UpdateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
		w.t.Fatal(err)
	}
}
