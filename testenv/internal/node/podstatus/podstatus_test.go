package podstatus_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/podstatus"
)

type state = corev1.ContainerStatus

func named(name string, s corev1.ContainerState) state { return state{Name: name, State: s} }

func waiting(name string) state {
	return named(name, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}})
}

func exited(name string, code int32) state {
	return named(name, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}})
}

// running has passed its startup probe; ready also its readiness probe.
func running(name string) state {
	s := named(name, corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
	yes := true
	s.Started = &yes
	return s
}

func ready(name string) state {
	s := running(name)
	s.Ready = true
	return s
}

func crashing(name string) state {
	s := waiting(name)
	s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 1}
	return s
}

func starting(name string) state {
	return named(name, corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
}

const (
	always    = corev1.RestartPolicyAlways
	onFailure = corev1.RestartPolicyOnFailure
	never     = corev1.RestartPolicyNever
)

// pod has an init container "init" and a sidecar "proxy" as far as inits say.
func pod(policy corev1.RestartPolicy, inits []state) *corev1.Pod {
	p := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: policy}}
	for _, s := range inits {
		c := corev1.Container{Name: s.Name}
		if s.Name == "proxy" {
			stay := corev1.ContainerRestartPolicyAlways
			c.RestartPolicy = &stay
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
	return p
}

func TestPhase(t *testing.T) {
	t.Parallel()
	type list = []state
	tests := map[string]struct {
		policy     corev1.RestartPolicy
		inits      list
		containers list
		ended      bool
		want       corev1.PodPhase
	}{
		"nothing runs yet":               {always, nil, list{waiting("a")}, false, corev1.PodPending},
		"one of two runs":                {always, nil, list{running("a"), waiting("b")}, false, corev1.PodRunning},
		"all run":                        {always, nil, list{running("a"), ready("b")}, false, corev1.PodRunning},
		"init still runs":                {always, list{starting("init")}, list{waiting("a")}, false, corev1.PodPending},
		"sidecar not started yet":        {always, list{starting("proxy")}, list{waiting("a")}, false, corev1.PodPending},
		"sidecar started, container not": {always, list{running("proxy")}, list{waiting("a")}, false, corev1.PodPending},
		"sidecar restarts":               {always, list{crashing("proxy")}, list{running("a")}, false, corev1.PodRunning},
		"crash loop is running":          {always, nil, list{crashing("a")}, false, corev1.PodRunning},
		"done, but to be started again":  {always, nil, list{exited("a", 0)}, false, corev1.PodRunning},
		"job done":                       {onFailure, nil, list{exited("a", 0)}, false, corev1.PodSucceeded},
		"job done, sidecar still runs":   {onFailure, list{running("proxy")}, list{exited("a", 0)}, false, corev1.PodSucceeded},
		"job failed, to be tried again":  {onFailure, nil, list{exited("a", 1)}, false, corev1.PodRunning},
		"job failed for good":            {never, nil, list{exited("a", 1)}, false, corev1.PodFailed},
		"one failed, one still runs":     {never, nil, list{exited("a", 1), running("b")}, false, corev1.PodRunning},
		"one failed, one done":           {never, nil, list{exited("a", 1), exited("b", 0)}, false, corev1.PodFailed},
		"init failed for good":           {never, list{exited("init", 1)}, list{waiting("a")}, false, corev1.PodFailed},
		"init failed, to be tried again": {always, list{exited("init", 1)}, list{waiting("a")}, false, corev1.PodPending},
		"deleted, ended well":            {always, nil, list{exited("a", 0)}, true, corev1.PodSucceeded},
		"deleted, killed":                {always, nil, list{exited("a", 137)}, true, corev1.PodFailed},
		"deleted before it began":        {always, nil, list{waiting("a")}, true, corev1.PodFailed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := podstatus.Compute(podstatus.Input{
				Pod: pod(tt.policy, tt.inits), Inits: tt.inits, Containers: tt.containers, Ended: tt.ended,
			})
			if got.Phase != tt.want {
				t.Errorf("got %s, want %s", got.Phase, tt.want)
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	gate := corev1.PodConditionType("example.com/gate")
	tests := map[string]struct {
		inits, containers []state
		gate              corev1.ConditionStatus // "" has no gate
		reason, message   string                 // reason "" is ready
	}{
		"all ready":                 {containers: []state{ready("a")}},
		"one not":                   {containers: []state{ready("a"), running("b")}, reason: "ContainersNotReady", message: "containers with unready status: [b]"},
		"a sidecar counts":          {inits: []state{running("proxy")}, containers: []state{ready("a")}, reason: "ContainersNotReady", message: "containers with unready status: [proxy]"},
		"an init container doesn't": {inits: []state{exited("init", 0)}, containers: []state{ready("a")}},
		"gate closed":               {containers: []state{ready("a")}, gate: corev1.ConditionFalse, reason: "ReadinessGatesNotReady", message: `the status of pod readiness gate "example.com/gate" is not "True", but False`},
		"gate open":                 {containers: []state{ready("a")}, gate: corev1.ConditionTrue},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pod(always, tt.inits)
			if tt.gate != "" {
				p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: gate}}
				p.Status.Conditions = []corev1.PodCondition{{Type: gate, Status: tt.gate}}
			}
			got := condition(podstatus.Compute(podstatus.Input{Pod: p, Inits: tt.inits, Containers: tt.containers}), corev1.PodReady)
			if got.Reason != tt.reason || got.Message != tt.message || (got.Status == corev1.ConditionTrue) != (tt.reason == "") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func condition(s corev1.PodStatus, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range s.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}

func TestConditionsKeepTheirTimeAndThoseOfOthers(t *testing.T) {
	t.Parallel()
	then, now := metav1.NewTime(time.Unix(1000, 0)), metav1.NewTime(time.Unix(2000, 0))
	p := pod(always, nil)
	p.Status.Conditions = []corev1.PodCondition{
		{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: then},
		{Type: corev1.ContainersReady, Status: corev1.ConditionFalse, LastTransitionTime: then},
		{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, LastTransitionTime: then},
	}
	got := podstatus.Compute(podstatus.Input{Pod: p, Containers: []state{ready("a")}, Now: now})
	for kind, want := range map[corev1.PodConditionType]metav1.Time{
		corev1.PodReady: then, corev1.ContainersReady: now, corev1.DisruptionTarget: then,
	} {
		if c := condition(got, kind); !c.LastTransitionTime.Equal(&want) || c.Status != corev1.ConditionTrue {
			t.Errorf("%s: got %+v, want since %v", kind, c, want)
		}
	}
}
