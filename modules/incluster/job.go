// Package incluster runs this program as a Job in the cluster, with what it
// needs there: an account and the rights it uses, or files and settings. All of
// that belongs to the Job and goes with it; nothing else is left.
package incluster

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Labels of a Job and its Pods.
const (
	LabelRelease = "headgate.dev/release"
	// LabelJob holds what the Job does, its Duty.
	LabelJob = "headgate.dev/job"
)

// Duty is what a Job is there for.
type Duty string

// The duties.
const (
	Watchdog Duty = "watchdog"
	Run      Duty = "run"
)

// Folder is where Spec.Files are in the container.
const Folder = "/headgate"

// Spec describes a Job.
type Spec struct {
	Namespace, Release string
	Duty               Duty
	// Image holds this program as its entry point, and names a user that is not
	// root by number.
	Image string
	Args  []string
	// Account is a ServiceAccount that exists. Without one, the Job gets its
	// own, which may do what Rules say in the namespace.
	Account string
	Rules   []rbacv1.PolicyRule
	// Owner is what the Job goes with; nobody when nil.
	Owner *metav1.OwnerReference
	// Files are shown in Folder, Env is what the environment holds. Both stand in
	// a ConfigMap or, if Confidential, in a Secret, and never in the Job itself.
	Files        map[string][]byte
	Env          map[string]string
	Confidential bool
	// NameIn is the environment variable that tells the Pods the Job's name; none
	// when empty.
	NameIn string
	// Probe is the port that says over HTTP whether the Job does its duty; none
	// when 0: then it does when it runs.
	Probe int32
	// Retries is how often a Pod that was lost is replaced.
	Retries int32
	// Final are exit codes that no other try would change. With none, whatever
	// fails is started again in its Pod.
	Final []int32
	// Keep is how long a Job that has ended stays to be looked at.
	Keep time.Duration
	// Grace is the time to put things back when the Pod is told to end.
	Grace  time.Duration
	Memory Memory
}

// newName is a Job's name, and that of all it owns.
func (s Spec) newName() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails, see its documentation
	const most = 63     // of a label's value, which the Job's name becomes
	suffix := "-" + string(s.Duty) + "-" + hex.EncodeToString(b)
	name := "headgate-" + s.Release
	return name[:min(len(name), most-len(suffix))] + suffix
}

// labels are the Job's and its Pods'. None of them is a candidate's.
func (s Spec) labels() map[string]string {
	return map[string]string{
		"app.kubernetes.io/name": "headgate", "app.kubernetes.io/managed-by": "headgate", "app.kubernetes.io/component": string(s.Duty),
		LabelRelease: s.Release, LabelJob: string(s.Duty),
	}
}

// job is the Job, suspended: it starts when all it needs is there.
func (s Spec) job(name string) *batchv1.Job {
	suspended, keep := true, int32(s.Keep.Seconds())
	meta := metav1.ObjectMeta{Name: name, Namespace: s.Namespace, Labels: s.labels()}
	if s.Owner != nil {
		meta.OwnerReferences = []metav1.OwnerReference{*s.Owner}
	}
	job := &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: meta,
		Spec: batchv1.JobSpec{
			Suspend: &suspended, BackoffLimit: &s.Retries, TTLSecondsAfterFinished: &keep,
			Template: corev1.PodTemplateSpec{ObjectMeta: s.podMeta(), Spec: s.pod(name)},
		},
	}
	if len(s.Final) > 0 {
		job.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
		job.Spec.PodFailurePolicy = failurePolicy(s.Final)
	}
	return job
}

// failurePolicy ends the Job with an exit code that is an answer. A Pod that was
// evicted is replaced when it has certainly ended: with such a policy Kubernetes
// starts none beside a Pod that may still run on a lost node.
func failurePolicy(final []int32) *batchv1.PodFailurePolicy {
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
			Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: final,
		}},
		{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
			{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
		}},
	}}
}
