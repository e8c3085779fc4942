package incluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// The keys of the bundle: what is a file, and what is a setting.
const (
	filePrefix = "file."
	envPrefix  = "env."
)

// bundle holds the Job's files and settings; nil when it has none.
func (s Spec) bundle(meta metav1.ObjectMeta) runtime.Object {
	data := map[string][]byte{}
	for name, content := range s.Files {
		data[filePrefix+name] = content
	}
	for name, value := range s.Env {
		data[envPrefix+name] = []byte(value)
	}
	switch {
	case len(data) == 0:
		return nil
	case s.Confidential:
		return &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: meta, Data: data}
	default:
		return &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: meta, BinaryData: data}
	}
}

// source is the bundle's files as a volume.
func (s Spec) source(name string) corev1.VolumeSource {
	var items []corev1.KeyToPath
	for _, file := range slices.Sorted(maps.Keys(s.Files)) {
		items = append(items, corev1.KeyToPath{Key: filePrefix + file, Path: file})
	}
	if s.Confidential {
		return corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name, Items: items}}
	}
	return corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Items: items}}
}

// setting is the bundle's value for an environment variable.
func (s Spec) setting(name, key string) *corev1.EnvVarSource {
	ref := corev1.LocalObjectReference{Name: name}
	if s.Confidential {
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: ref, Key: key}}
	}
	return &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: ref, Key: key}}
}
