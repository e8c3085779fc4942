package podenv_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/podenv"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"A": "1", "B": "two", "EMPTY": ""}
	tests := map[string]struct{ in, want string }{
		"no reference":                     {"plain", "plain"},
		"one":                              {"x$(A)y", "x1y"},
		"several":                          {"$(A)-$(B)", "1-two"},
		"empty value":                      {"[$(EMPTY)]", "[]"},
		"unknown ones stay":                {"$(NOPE)", "$(NOPE)"},
		"escaped":                          {"$$(A)", "$(A)"},
		"two dollars":                      {"$$", "$"},
		"a shell's variables are not ours": {"$A ${A}", "$A ${A}"},
		"never closed":                     {"$(A", "$(A"},
		"dollar at the end":                {"a$", "a$"},
		"the result is not expanded again": {"$$(A)$(A)", "$(A)1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := podenv.Expand(tt.in, func(n string) (string, bool) { v, ok := vars[n]; return v, ok })
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// objects are a namespace's ConfigMaps and Secrets.
type objects map[string]map[string]string

func (o objects) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	data, ok := o[name]
	if !ok {
		return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), name)
	}
	return &corev1.ConfigMap{Data: data}, nil
}

func (o objects) Secret(_ context.Context, _, name string) (*corev1.Secret, error) {
	data, ok := o[name]
	if !ok {
		return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
	}
	s := &corev1.Secret{Data: map[string][]byte{}}
	for k, v := range data {
		s.Data[k] = []byte(v)
	}
	return s, nil
}

func pod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "demo", Labels: map[string]string{"app": "web", "a": "b"}},
		Status:     corev1.PodStatus{PodIP: "10.244.1.1", HostIP: "10.244.0.1"},
	}
}

var (
	yes    = true
	stored = objects{"settings": {"COLOR": "blue", "size": "9"}, "keys": {"token": "s3"}}
)

func local(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }

func field(path string) *corev1.EnvVarSource {
	return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		c    corev1.Container
		want []string
	}{
		"values refer to earlier ones only": {
			corev1.Container{Env: []corev1.EnvVar{{Name: "X", Value: "$(Y)"}, {Name: "Y", Value: "1"}, {Name: "Z", Value: "$(Y)$(BASE)"}}},
			[]string{"BASE=b", "X=$(Y)", "Y=1", "Z=1b"},
		},
		"fields of the pod": {
			corev1.Container{Env: []corev1.EnvVar{{Name: "IP", ValueFrom: field("status.podIP")}, {Name: "L", ValueFrom: field("metadata.labels['app']")}, {Name: "ALL", ValueFrom: field("metadata.labels")}}},
			[]string{"ALL=a=\"b\"\napp=\"web\"", "BASE=b", "IP=10.244.1.1", "L=web"},
		},
		"keys of objects": {
			corev1.Container{Env: []corev1.EnvVar{
				{Name: "C", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("settings"), Key: "COLOR"}}},
				{Name: "S", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("keys"), Key: "token"}}},
				{Name: "O", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("gone"), Key: "k", Optional: &yes}}},
			}},
			[]string{"BASE=b", "C=blue", "S=s3"},
		},
		"whole objects, with a prefix; env wins": {
			corev1.Container{
				EnvFrom: []corev1.EnvFromSource{{Prefix: "P_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: local("settings")}}},
				Env:     []corev1.EnvVar{{Name: "P_COLOR", Value: "red"}},
			},
			[]string{"BASE=b", "P_COLOR=red", "P_size=9"},
		},
		"resources, rounded up to the divisor": {
			corev1.Container{
				Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("1Gi")}},
				Env: []corev1.EnvVar{
					{Name: "CPU", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}}},
					{Name: "MEM", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory", Divisor: resource.MustParse("1Mi")}}},
				},
			},
			[]string{"BASE=b", "CPU=2", "MEM=1024"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := podenv.New(stored, pod(), map[string]string{"BASE": "b"})
			if err := e.Add(t.Context(), &tt.c); err != nil {
				t.Fatal(err)
			}
			if got := e.List(); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestEnvironmentErrorsNameTheVariableAndTheObject(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		v    *corev1.EnvVarSource
		want string
	}{
		"missing ConfigMap": {&corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("gone"), Key: "k"}}, `"gone" not found`},
		"missing key":       {&corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("keys"), Key: "nope"}}, "key nope in Secret demo/keys"},
		"unknown field":     {field("spec.nope"), `"spec.nope"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := podenv.New(stored, pod(), nil)
			err := e.Add(t.Context(), &corev1.Container{Env: []corev1.EnvVar{{Name: "V", ValueFrom: tt.v}}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "variable V") {
				t.Errorf("got %v, want the variable and %s", err, tt.want)
			}
		})
	}
}
