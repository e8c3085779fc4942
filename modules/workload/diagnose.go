package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// diagnose says why a Deployment is not ready, from what it and the Pods of its
// newest version show.
func diagnose(dep *appsv1.Deployment, pods []corev1.Pod) []finding {
	out := diagnoseDeployment(dep)
	known := map[string]bool{}
	for _, c := range slices.Concat(dep.Spec.Template.Spec.InitContainers, dep.Spec.Template.Spec.Containers) {
		known[c.Name] = true
	}
	for i := range pods {
		if pods[i].DeletionTimestamp == nil {
			out = append(out, diagnosePod(&pods[i], known)...)
		}
	}
	return out
}

func diagnoseDeployment(dep *appsv1.Deployment) []finding {
	for _, cond := range dep.Status.Conditions {
		if cond.Type != appsv1.DeploymentReplicaFailure || cond.Status != corev1.ConditionTrue {
			continue
		}
		f := finding{key: "create", reason: cmp.Or(cond.Reason, "FailedCreate"), detail: "its Pods cannot be created: " + cond.Message, urgency: soon, next: "correct what the message names"}
		switch {
		case strings.Contains(cond.Message, "exceeded quota"):
			f.reason, f.next = "QuotaExceeded", "raise the ResourceQuota or free some of it: the candidate runs beside stable and needs room for both"
		case strings.Contains(cond.Message, "denied the request"), strings.Contains(cond.Message, "violates PodSecurity"):
			f.reason, f.next = "AdmissionDenied", "change the manifest, or ask who keeps the policy"
		}
		return []finding{f}
	}
	return nil
}

func diagnosePod(pod *corev1.Pod, known map[string]bool) []finding {
	var out []finding
	for _, c := range podContainers(pod, known) {
		if f := c.finding(); f != nil {
			out = append(out, *f)
		}
	}
	if len(out) > 0 {
		return out
	}
	if f := diagnoseConditions(pod); f != nil {
		out = append(out, *f)
	}
	return out
}

// podContainers are a Pod's containers, the template's first: an injected one
// is often unready only because the app is.
func podContainers(pod *corev1.Pod, known map[string]bool) []container {
	sidecar := map[string]bool{}
	for _, c := range pod.Spec.InitContainers {
		sidecar[c.Name] = c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	}
	var out []container
	for _, s := range pod.Status.InitContainerStatuses {
		init := !sidecar[s.Name]
		out = append(out, container{pod: pod, status: s, init: init, called: called(s.Name, known[s.Name], init)})
	}
	for _, s := range pod.Status.ContainerStatuses {
		out = append(out, container{pod: pod, status: s, called: called(s.Name, known[s.Name], false)})
	}
	slices.SortStableFunc(out, func(a, b container) int {
		return cmp.Compare(rank(known[a.status.Name]), rank(known[b.status.Name]))
	})
	return out
}

func rank(known bool) int {
	if known {
		return 0
	}
	return 1
}

func called(name string, known, init bool) string {
	switch {
	case known && init:
		return "init container " + name
	case known:
		return "container " + name
	case init:
		return "injected init container " + name
	}
	return "injected sidecar " + name
}

// diagnoseConditions is for Pods whose containers say nothing.
func diagnoseConditions(pod *corev1.Pod) *finding {
	f := &finding{key: "pod", pod: pod.Name, next: fmt.Sprintf("see kubectl describe pod -n %s %s", pod.Namespace, pod.Name)}
	if pod.Status.Phase == corev1.PodFailed {
		f.reason, f.detail = cmp.Or(pod.Status.Reason, "Failed"), fmt.Sprintf("Pod %s/%s failed%s", pod.Namespace, pod.Name, colon(pod.Status.Message))
		return f
	}
	for _, cond := range pod.Status.Conditions {
		if cond.Status == corev1.ConditionTrue {
			continue
		}
		switch {
		case cond.Type == corev1.PodScheduled:
			f.key, f.reason = "schedule", cmp.Or(cond.Reason, "Unschedulable")
			f.detail = fmt.Sprintf("no node takes Pod %s/%s%s", pod.Namespace, pod.Name, colon(cond.Message))
			f.next = "free or add capacity, or bind the volume that it waits for: the candidate runs beside stable and needs room for both"
			return f
		case cond.Type == corev1.PodReady && cond.Reason == "ReadinessGatesNotReady":
			f.key, f.reason = "gate", cond.Reason
			f.detail = fmt.Sprintf("Pod %s/%s waits for its readiness gates%s", pod.Namespace, pod.Name, colon(cond.Message))
			return f
		}
	}
	return nil
}
