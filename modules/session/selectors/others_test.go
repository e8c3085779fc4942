package selectors

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func svc(name string, target intstr.IntOrString, selector labels.Set) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "demo", Name: name},
		Spec:       corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{{Port: 80, TargetPort: target}}},
	}
}

// TestOthers: what a person is told of the Services that are not rolled out.
func TestOthers(t *testing.T) {
	t.Parallel()
	http := intstr.FromString("http")
	pods := Pods{
		Stable: labels.Set{"app": "sample", "version": "v1"}, Candidate: labels.Set{"app": "sample", "version": "v1-canary"},
		Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}, {Name: "metrics", ContainerPort: 9090}}}},
	}
	moved := svc("sample", http, labels.Set{"app": "sample"})
	for _, tt := range []struct {
		name, reason string
		other        *corev1.Service
		want         []string // parts of the one sentence; nothing is said without any
	}{
		{"both versions", "its callers get the candidate by the number of Pods", svc("inside", intstr.FromInt32(8080), labels.Set{"app": "sample"}),
			[]string{"service demo/inside", "by its number of Pods, whatever the weight", "use service sample", "(version=v1)"}},
		{"stable alone", "its callers see nothing of the rollout", svc("inside", http, labels.Set{"version": "v1"}),
			[]string{"service demo/inside", "not the candidate's", "when stable does"}},
		{"the candidate alone", "a person made it to try the candidate", svc("sample-canary", http, labels.Set{"version": "v1-canary"}), nil},
		{"another app", "it has nothing to do with it", svc("billing", http, labels.Set{"app": "billing"}), nil},
		{"another port", "who scrapes metrics is no user", svc("metrics", intstr.FromString("metrics"), labels.Set{"app": "sample"}), nil},
		{"no selector", "it selects nothing, not everything", svc("bare", http, nil), nil},
		{"itself", "it is the one that is rolled out", moved, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			said, lead := Others(Services{moved, tt.other}, moved, pods)
			if len(said) != min(1, len(tt.want)) {
				t.Fatalf("%s: said %q", tt.reason, said)
			}
			if lead != (tt.name == "both versions") {
				t.Errorf("%s: leads to the candidate: %v", tt.reason, lead)
			}
			for _, part := range tt.want {
				if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, part) }) {
					t.Errorf("%s: %q is missing in %q", tt.reason, part, said)
				}
			}
		})
	}
}
