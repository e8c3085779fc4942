package workload

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

func waitingFor(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func endedWith(code int32, reason string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}}
}

var running = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}

func TestReasonsOfContainers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why     string
		status  corev1.ContainerStatus
		init    bool
		reason  string // empty: nothing wrong
		detail  string
		urgency urgency
	}{
		{why: "ready", status: corev1.ContainerStatus{Name: "app", Ready: true, State: running}},
		{why: "a name that no registry can have never heals", status: corev1.ContainerStatus{Name: "app", State: waitingFor("InvalidImageName", `couldn't parse "A:B:C"`)},
			reason: "InvalidImageName", detail: "container app of Pod demo/p has an image name that cannot be parsed", urgency: now},
		{why: "a missing tag seldom appears", status: corev1.ContainerStatus{Name: "app", Image: "x:2", State: waitingFor("ErrImagePull", "not found")},
			reason: "ErrImagePull", detail: `cannot get image "x:2": not found`, urgency: soon},
		{why: "the same, backing off", status: corev1.ContainerStatus{Name: "app", Image: "x:2", State: waitingFor("ImagePullBackOff", "Back-off")}, reason: "ImagePullBackOff", detail: "Back-off", urgency: soon},
		{why: "a Secret that is not there", status: corev1.ContainerStatus{Name: "app", State: waitingFor("CreateContainerConfigError", `secret "token" not found`)},
			reason: "CreateContainerConfigError", detail: `secret "token" not found`, urgency: soon},
		{why: "one crash may be bad luck", status: corev1.ContainerStatus{Name: "app", RestartCount: 1, State: waitingFor("CrashLoopBackOff", "back-off"), LastTerminationState: endedWith(2, "Error")},
			reason: "CrashLoopBackOff", detail: "ended with exit code 2, restarted 1 times", urgency: soon},
		{why: "three are not", status: corev1.ContainerStatus{Name: "app", RestartCount: 3, State: waitingFor("CrashLoopBackOff", "back-off"), LastTerminationState: endedWith(2, "Error")},
			reason: "CrashLoopBackOff", detail: "restarted 3 times", urgency: now},
		{why: "a server that ends well has ended all the same", status: corev1.ContainerStatus{Name: "app", State: endedWith(0, "Completed")}, reason: "CrashLoopBackOff", detail: "exit code 0", urgency: soon},
		{why: "killed for its memory", status: corev1.ContainerStatus{Name: "app", RestartCount: 4, State: waitingFor("CrashLoopBackOff", ""), LastTerminationState: endedWith(137, "OOMKilled")},
			reason: "OOMKilled", detail: "more memory than its limit", urgency: now},
		{why: "it runs again after crashes: it may get there", status: corev1.ContainerStatus{Name: "app", RestartCount: 5, State: running, LastTerminationState: endedWith(1, "Error")},
			reason: "CrashLoopBackOff", detail: "exit code 1", urgency: late},
		{why: "a probe that says no", status: corev1.ContainerStatus{Name: "app", State: running}, reason: "NotReady", detail: "container app of Pod demo/p runs and does not get ready", urgency: late},
		{why: "a sidecar that was injected is called one", status: corev1.ContainerStatus{Name: "istio-proxy", State: running}, reason: "NotReady", detail: "injected sidecar istio-proxy", urgency: late},
		{why: "still being made", status: corev1.ContainerStatus{Name: "app", State: waitingFor("ContainerCreating", "")}, reason: "ContainerCreating", detail: "waits to be started", urgency: late},
		{why: "an init container at work", status: corev1.ContainerStatus{Name: "prepare", State: running}, init: true, reason: "Initializing", detail: "init container prepare", urgency: late},
		{why: "an init container that is done", status: corev1.ContainerStatus{Name: "prepare", State: endedWith(0, "Completed")}, init: true},
		{why: "an init container that fails", status: corev1.ContainerStatus{Name: "prepare", State: endedWith(3, "Error")}, init: true, reason: "CrashLoopBackOff", detail: "init container prepare of Pod demo/p ended with exit code 3", urgency: soon},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			pod := corev1.Pod{}
			pod.Namespace, pod.Name = "demo", "p"
			if tc.init {
				pod.Spec.InitContainers = []corev1.Container{{Name: tc.status.Name}}
				pod.Status.InitContainerStatuses = []corev1.ContainerStatus{tc.status}
			} else {
				pod.Status.ContainerStatuses = []corev1.ContainerStatus{tc.status}
			}
			dep := &appsv1.Deployment{}
			dep.Spec.Template.Spec.Containers = []corev1.Container{{Name: "app"}}
			dep.Spec.Template.Spec.InitContainers = []corev1.Container{{Name: "prepare"}}
			got := worst(diagnose(dep, []corev1.Pod{pod}))
			switch {
			case tc.reason == "" && got == nil:
			case got == nil || tc.reason == "":
				t.Errorf("found %+v, want %q", got, tc.reason)
			case got.reason != tc.reason || got.urgency != tc.urgency || !strings.Contains(got.detail, tc.detail) || got.next == "":
				t.Errorf("found %+v, want %s (%d): %s", got, tc.reason, tc.urgency, tc.detail)
			}
		})
	}
}

func TestReasonsOutsideContainers(t *testing.T) {
	t.Parallel()
	failure := func(message string) appsv1.DeploymentCondition {
		return appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: message}
	}
	for _, tc := range []struct {
		why    string
		cond   appsv1.DeploymentCondition
		pod    corev1.PodStatus
		reason string
	}{
		{"no room in the quota", failure(`pods "x" is forbidden: exceeded quota: small`), corev1.PodStatus{}, "QuotaExceeded"},
		{"a webhook said no", failure(`admission webhook "w" denied the request: no`), corev1.PodStatus{}, "AdmissionDenied"},
		{"Pod security said no", failure(`pods "x" is forbidden: violates PodSecurity "restricted:latest"`), corev1.PodStatus{}, "AdmissionDenied"},
		{"anything else", failure("serviceaccount not found"), corev1.PodStatus{}, "FailedCreate"},
		{"no node has room", appsv1.DeploymentCondition{}, corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available: 3 Insufficient cpu."}}}, "Unschedulable"},
		{"thrown off its node", appsv1.DeploymentCondition{}, corev1.PodStatus{Phase: corev1.PodFailed, Reason: "Evicted", Message: "low on memory"}, "Evicted"},
		{"a load balancer has not said yes", appsv1.DeploymentCondition{}, corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ReadinessGatesNotReady", Message: "x"}}}, "ReadinessGatesNotReady"},
	} {
		dep := &appsv1.Deployment{}
		dep.Status.Conditions = []appsv1.DeploymentCondition{tc.cond}
		got := worst(diagnose(dep, []corev1.Pod{{Status: tc.pod}}))
		if got == nil || got.reason != tc.reason || got.next == "" {
			t.Errorf("%s: found %+v, want %s", tc.why, got, tc.reason)
			continue
		}
		if message := tc.cond.Message + tc.pod.Message; !strings.Contains(got.detail, message) {
			t.Errorf("%s: %q does not pass on %q", tc.why, got.detail, message)
		}
	}
}

func TestPatienceEndsOnlyForWhatLasts(t *testing.T) {
	t.Parallel()
	image := finding{key: "image/app", reason: "ErrImagePull", urgency: soon}
	backoff := finding{key: "image/app", reason: "ImagePullBackOff", urgency: soon}
	probe := finding{key: "unready/app", reason: "NotReady", urgency: late}
	crash := finding{key: "crash/app", reason: "CrashLoopBackOff", urgency: now}
	const patience = 30 * time.Second
	for _, tc := range []struct {
		why   string
		looks [][]finding // 20 s apart
		want  string      // at the last one; "" before
	}{
		{"two states of one cause count together", [][]finding{{image}, {backoff}, {image}}, "ErrImagePull"},
		{"not yet", [][]finding{{image}, {image}}, ""},
		{"it healed in between", [][]finding{{image}, {}, {image}, {image}}, ""},
		{"a probe has the whole timeout", [][]finding{{probe}, {probe}, {probe}, {probe}}, ""},
		{"no patience for a crash loop", [][]finding{{crash}}, "CrashLoopBackOff"},
		{"the most urgent is told", [][]finding{{image}, {image}, {image, crash}}, "CrashLoopBackOff"},
	} {
		m, clock := memory{}, time.Unix(0, 0)
		for i, found := range tc.looks {
			got, want := m.verdict(found, clock, patience), ""
			if i == len(tc.looks)-1 {
				want = tc.want
			}
			if (got == nil) != (want == "") || (got != nil && got.reason != want) {
				t.Errorf("%s: look %d gave %+v, want %q", tc.why, i, got, want)
			}
			clock = clock.Add(20 * time.Second)
		}
	}
}
