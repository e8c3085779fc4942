package volume

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/testenv/internal/node/podenv"
)

// defaultMode is the mode of files that says nothing else.
const defaultMode = 0o644

func mode(choices ...*int32) fs.FileMode {
	for _, c := range choices {
		if c != nil {
			return fs.FileMode(*c) //nolint:gosec // the API server admits 0 to 0777
		}
	}
	return defaultMode
}

func (m *Manager) configMap(ctx context.Context, src *corev1.ConfigMapVolumeSource, fallback *int32) (payload, error) {
	cm, err := m.objects.ConfigMap(ctx, m.pod().Namespace, src.Name)
	if err != nil {
		return nil, unlessOptional(err, src.Optional)
	}
	data := make(map[string][]byte, len(cm.Data)+len(cm.BinaryData))
	for k, v := range cm.Data {
		data[k] = []byte(v)
	}
	for k, v := range cm.BinaryData {
		data[k] = v
	}
	return items(data, src.Items, src.DefaultMode, fallback, src.Optional, "ConfigMap "+src.Name)
}

func (m *Manager) secret(ctx context.Context, src *corev1.SecretVolumeSource, fallback *int32) (payload, error) {
	s, err := m.objects.Secret(ctx, m.pod().Namespace, src.SecretName)
	if err != nil {
		return nil, unlessOptional(err, src.Optional)
	}
	return items(s.Data, src.Items, src.DefaultMode, fallback, src.Optional, "Secret "+src.SecretName)
}

func unlessOptional(err error, optional *bool) error {
	if optional != nil && *optional && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// items picks keys and gives them paths; without a list, all keys.
func items(data map[string][]byte, pick []corev1.KeyToPath, own, fallback *int32, optional *bool, object string) (payload, error) {
	p := payload{}
	if len(pick) == 0 {
		for k, v := range data {
			p[k] = file{v, mode(own, fallback)}
		}
		return p, nil
	}
	for _, item := range pick {
		v, ok := data[item.Key]
		if !ok {
			if optional != nil && *optional {
				continue
			}
			return nil, fmt.Errorf("%s has no key %q", object, item.Key)
		}
		path, err := below(item.Path)
		if err != nil {
			return nil, err
		}
		p[path] = file{v, mode(item.Mode, own, fallback)}
	}
	return p, nil
}

// below refuses paths that would leave the volume.
func below(path string) (string, error) {
	clean := filepath.Clean(path)
	if filepath.IsAbs(clean) || clean == "." || strings.HasPrefix(clean, "..") {
		return "", fmt.Errorf("path %q leads out of the volume", path)
	}
	return clean, nil
}

func (m *Manager) downward(files []corev1.DownwardAPIVolumeFile, own, fallback *int32) (payload, error) {
	p := payload{}
	pod := m.pod()
	for _, f := range files {
		path, err := below(f.Path)
		if err != nil {
			return nil, err
		}
		var text string
		switch {
		case f.FieldRef != nil:
			text, err = podenv.Field(pod, f.FieldRef.FieldPath)
		case f.ResourceFieldRef != nil:
			text, err = resourceOf(pod, f.ResourceFieldRef)
		}
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Path, err)
		}
		p[path] = file{[]byte(text), mode(f.Mode, own, fallback)}
	}
	return p, nil
}

func resourceOf(pod *corev1.Pod, ref *corev1.ResourceFieldSelector) (string, error) {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == ref.ContainerName {
				return podenv.Resource(&list[i], ref)
			}
		}
	}
	return "", fmt.Errorf("the pod has no container %q", ref.ContainerName)
}

func (m *Manager) projected(ctx context.Context, src *corev1.ProjectedVolumeSource) (payload, error) {
	all := payload{}
	for i, s := range src.Sources {
		p, err := m.projection(ctx, s, src.DefaultMode)
		if err == nil {
			err = all.add(p)
		}
		if err != nil {
			return nil, fmt.Errorf("source %d: %w", i, err)
		}
	}
	return all, nil
}

func (m *Manager) projection(ctx context.Context, s corev1.VolumeProjection, fallback *int32) (payload, error) {
	switch {
	case s.ConfigMap != nil:
		return m.configMap(ctx, &corev1.ConfigMapVolumeSource{
			LocalObjectReference: s.ConfigMap.LocalObjectReference, Items: s.ConfigMap.Items, Optional: s.ConfigMap.Optional,
		}, fallback)
	case s.Secret != nil:
		return m.secret(ctx, &corev1.SecretVolumeSource{
			SecretName: s.Secret.Name, Items: s.Secret.Items, Optional: s.Secret.Optional,
		}, fallback)
	case s.DownwardAPI != nil:
		return m.downward(s.DownwardAPI.Items, nil, fallback)
	case s.ServiceAccountToken != nil:
		return m.token(ctx, s.ServiceAccountToken)
	}
	return nil, fmt.Errorf("this kind of projected source does not work here")
}
