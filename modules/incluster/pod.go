package incluster

import (
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Memory is what the container asks for and what it must not exceed, in bytes.
type Memory struct{ Request, Limit int64 }

// container is the name of the Pod's only one.
const container = "headgate"

// podMeta keeps meshes from giving the Pod a proxy: it must run to its end, and
// reach the API server whatever the mesh is like.
func (s Spec) podMeta() metav1.ObjectMeta {
	const inject, off = "sidecar.istio.io/inject", "false"
	labels := s.labels()
	labels[inject] = off
	return metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{inject: off}}
}

// pod fits namespaces that enforce the Pod Security Standard "restricted".
func (s Spec) pod(name string) corev1.PodSpec {
	yes, no, grace := true, false, int64(s.Grace.Seconds())
	account := s.Account
	if account == "" {
		account = name
	}
	spec := corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyOnFailure, ServiceAccountName: account, EnableServiceLinks: &no,
		TerminationGracePeriodSeconds: &grace, Tolerations: impatient(),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{{
			Name: container, Image: s.Image, Args: s.Args, Env: s.environment(name), Resources: s.resources(),
			TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
			SecurityContext: &corev1.SecurityContext{
				AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
				Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			},
		}},
	}
	if s.Probe != 0 {
		spec.Containers[0].ReadinessProbe = &corev1.Probe{PeriodSeconds: 1, FailureThreshold: 15, ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(s.Probe)},
		}}
	}
	if len(s.Files) > 0 {
		spec.Volumes = []corev1.Volume{{Name: "files", VolumeSource: s.source(name)}}
		spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "files", MountPath: Folder, ReadOnly: true}}
	}
	return spec
}

// impatient has a Pod replaced soon after its node was lost; five minutes is
// what Pods get that say nothing.
func impatient() []corev1.Toleration {
	seconds := int64(10)
	var out []corev1.Toleration
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		out = append(out, corev1.Toleration{Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &seconds})
	}
	return out
}

// resources limit the processor, too: some namespaces refuse Pods that do not.
func (s Spec) resources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("5m"), corev1.ResourceMemory: *resource.NewQuantity(s.Memory.Request, resource.BinarySI)},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500m"), corev1.ResourceMemory: *resource.NewQuantity(s.Memory.Limit, resource.BinarySI)},
	}
}

// environment has the Go runtime stay below the memory limit.
func (s Spec) environment(name string) []corev1.EnvVar {
	const headroom = 8 // an eighth is left for what is not the heap
	out := []corev1.EnvVar{{Name: "GOMEMLIMIT", Value: strconv.FormatInt(s.Memory.Limit-s.Memory.Limit/headroom, 10)}}
	if s.NameIn != "" {
		out = append(out, corev1.EnvVar{Name: s.NameIn, Value: name})
	}
	for _, key := range slices.Sorted(maps.Keys(s.Env)) {
		out = append(out, corev1.EnvVar{Name: key, ValueFrom: s.setting(name, envPrefix+key)})
	}
	return out
}
