package workload

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// output is a container's last lines.
type output []string

func (o output) Tail(_ context.Context, _, _, _ string, previous bool, n int) ([]string, error) {
	if !previous {
		return nil, nil
	}
	return o[max(0, len(o)-n):], nil
}

func TestWhyItIsNotReady(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		status   corev1.ContainerStatus
		prepare  func(*cluster)
		timeout  time.Duration // zero: it must be known long before
		manifest [2]string
		reason   string
		text     string
	}{
		{name: "image that is not there", status: corev1.ContainerStatus{State: waitingFor("ImagePullBackOff", "manifest unknown")},
			reason: "ImagePullBackOff", text: `cannot get image "headgate/sample:1.1.0": manifest unknown`},
		{name: "crash loop", status: corev1.ContainerStatus{RestartCount: 3, State: waitingFor("CrashLoopBackOff", "back-off"), LastTerminationState: endedWith(2, "Error")},
			reason: "CrashLoopBackOff", text: `exit code 2, restarted 3 times; its last line: "panic: no database"`},
		{name: "Secret that is not there", status: corev1.ContainerStatus{State: waitingFor("CreateContainerConfigError", `secret "token" not found`)},
			reason: "CreateContainerConfigError", text: `secret "token" not found`},
		{name: "probe that says no", status: corev1.ContainerStatus{State: running}, timeout: time.Second,
			reason: "NotReady", text: "not within 1s; container app of Pod"},
		{name: "probe past the progress deadline", status: corev1.ContainerStatus{State: running}, manifest: [2]string{"replicas: 2", "replicas: 2\n  progressDeadlineSeconds: 1"},
			reason: "NotReady", text: "it made no progress within its progressDeadlineSeconds; container app of Pod"},
		{name: "quota", prepare: func(c *cluster) {
			c.create(resourceQuotas, parse(c.t, "{apiVersion: v1, kind: ResourceQuota, metadata: {name: small}, spec: {hard: {pods: 2}}}"))
			// Until the quota has been counted, Pods are refused for another reason.
			c.until("the quota is counted", func() bool {
				used, _, _ := unstructured.NestedString(c.get(resourceQuotas, "small").Object, "status", "used", "pods")
				return used == "2"
			})
		}, reason: "QuotaExceeded", text: "exceeded quota: small"},
		{name: "Pod security", prepare: func(c *cluster) {
			c.patchNamespace(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`)
		}, reason: "AdmissionDenied", text: `violates PodSecurity "restricted:latest"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.kubelet(sick(tc.status))
			c.create(deployments, parse(t, strings.Replace(smallYAML, tc.manifest[0], tc.manifest[1], 1)))
			c.ready()
			if tc.prepare != nil {
				tc.prepare(c)
			}
			opts := c.options()
			if tc.timeout > 0 {
				opts.Timeout = tc.timeout
			}
			cand := c.open(opts)
			cand.clients.Logs = output{"starting", "panic: no database"}
			c.must("create", cand.Create(t.Context(), 1))
			_, err := cand.EnsureCapacity(t.Context(), 1, 0)
			var notReady *NotReadyError
			if !errors.As(err, &notReady) {
				t.Fatalf("error %v, want the reason", err)
			}
			if notReady.Reason != tc.reason || !strings.Contains(err.Error(), tc.text) || notReady.Next == "" {
				t.Errorf("got  %v\nwant %s … %s", err, tc.reason, tc.text)
			}
			if tc.timeout == 0 && strings.Contains(err.Error(), "not within") {
				t.Errorf("it took the whole timeout: %v", err)
			}
			c.must("remove", cand.Remove(t.Context()))
		})
	}
}

func TestUnscheduledCandidateHasTheWholeTimeout(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(func(pod *corev1.Pod) corev1.PodStatus {
		if pod.Labels[LabelRole] != roleCandidate {
			return healthy(pod)
		}
		return corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."}}}
	})
	c.create(deployments, parse(t, smallYAML))
	c.ready()
	opts := c.options()
	opts.Timeout = 2 * time.Second
	cand := c.open(opts)
	c.must("create", cand.Create(t.Context(), 1))
	var seen []string
	cand.Observe(func(s Status) { seen = append(seen, s.String()) })
	err := cand.WaitReady(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Unschedulable: not within 2s; no node takes Pod") || !strings.Contains(err.Error(), "unbound immediate PersistentVolumeClaims") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(strings.Join(seen, "\n"), "0 of 1 replicas ready: Unschedulable") {
		t.Errorf("progress told %q", seen)
	}
}

func TestReasonPassesOnWhatTheProbeGot(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.kubelet(func(pod *corev1.Pod) corev1.PodStatus {
		if pod.Labels[LabelRole] == roleCandidate {
			event := &corev1.Event{Type: corev1.EventTypeWarning, Reason: "Unhealthy", Message: "Readiness probe failed: HTTP probe failed with statuscode: 503"}
			event.Name, event.LastTimestamp = pod.Name, metav1.Now()
			event.InvolvedObject = corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}
			// It is there already from the second look on.
			_, _ = c.kube.CoreV1().Events(c.namespace).Create(t.Context(), event, metav1.CreateOptions{})
		}
		return sick(corev1.ContainerStatus{State: running})(pod)
	})
	c.create(deployments, parse(t, smallYAML))
	c.ready()
	opts := c.options()
	opts.Timeout = 2 * time.Second
	cand := c.open(opts)
	c.must("create", cand.Create(t.Context(), 1))
	if err := cand.WaitReady(t.Context()); err == nil || !strings.Contains(err.Error(), "runs and does not get ready; Readiness probe failed: HTTP probe failed with statuscode: 503") {
		t.Errorf("error %v", err)
	}
}

// outage fails every request while it lasts.
type outage struct {
	next http.RoundTripper
	on   *atomic.Bool
}

func (o outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.on.Load() {
		return nil, errors.New("connection refused")
	}
	return o.next.RoundTrip(r)
}

func TestWaitOutlivesAnAPIServer(t *testing.T) {
	t.Parallel()
	c := serving(t, smallYAML)
	on := &atomic.Bool{}
	cfg := rest.CopyConfig(c.config)
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return outage{next, on} })
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cand := c.open(c.options())
	cand.clients.Dynamic = client
	c.must("create", cand.Create(t.Context(), 100))
	on.Store(true)
	away := 0
	cand.Observe(func(s Status) {
		if strings.Contains(s.Message, "does not answer") {
			if away++; away == 5 {
				on.Store(false)
			}
		}
	})
	if err := cand.WaitReady(t.Context()); err != nil || away < 5 {
		t.Errorf("after %d failed looks: %v", away, err)
	}

	on.Store(true)
	cand.state.Timeout = 300 * time.Millisecond
	if err := cand.WaitReady(t.Context()); err == nil || !strings.Contains(err.Error(), "the API server does not answer") {
		t.Errorf("an outage longer than the timeout: %v", err)
	}
}
