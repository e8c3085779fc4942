package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Why says in a sentence each why a Deployment is not ready, the most urgent
// reason first, from what it and its Pods show. Equal reasons of several Pods
// are told once.
func Why(dep *appsv1.Deployment, pods []corev1.Pod) []string {
	var out []string
	told := map[string]bool{}
	for level := now; level >= late; level-- {
		for _, f := range diagnose(dep, pods) {
			if f.urgency != level || told[f.key] {
				continue
			}
			told[f.key] = true
			line := f.reason + ": " + f.detail
			if f.next != "" {
				line += "; " + f.next
			}
			out = append(out, line)
		}
	}
	return out
}
