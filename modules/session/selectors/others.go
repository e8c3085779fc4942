package selectors

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Pods are those of both versions.
type Pods struct {
	Stable, Candidate labels.Set
	// Containers are stable's.
	Containers []corev1.Container
}

// Others says what becomes of the callers of further Services before the Pods of
// a rollout of moved, a sentence for each Service, and whether any of them leads to
// the candidate. Those that lead to other ports are left out.
func Others(all Services, moved *corev1.Service, pods Pods) (out []string, lead bool) {
	for _, svc := range all.Without(moved.Name) {
		if !SamePort(svc, moved, pods.Containers) {
			continue
		}
		stable, candidate := Select(svc, pods.Stable), Select(svc, pods.Candidate)
		name := svc.Namespace + "/" + svc.Name
		switch {
		case stable && candidate:
			lead = true
			out = append(out, fmt.Sprintf("service %s selects the Pods of both versions, too: its callers reach the candidate by its number of Pods, whatever the weight; have them use service %s, or give its selector a label that only stable's Pods have%s", name, moved.Name, example(pods)))
		case stable:
			out = append(out, fmt.Sprintf("service %s selects stable's Pods, too, and not the candidate's: its callers follow no weight and no gate sees them; they get the new version when stable does", name))
		}
	}
	return out, lead
}

// example is a label that tells the versions' Pods apart.
func example(pods Pods) string {
	for _, key := range []string{"version", "app.kubernetes.io/version"} {
		if v := pods.Stable[key]; v != "" && pods.Candidate[key] != v {
			return fmt.Sprintf(" (%s=%s)", key, v)
		}
	}
	return ""
}
