package podenv

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Objects reads what an environment refers to.
type Objects interface {
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
	Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
}

// Env is an environment under construction. Later values replace earlier ones.
type Env struct {
	objects Objects
	pod     *corev1.Pod
	values  map[string]string
}

// New begins with a base of NAME to value.
func New(objects Objects, pod *corev1.Pod, base map[string]string) *Env {
	return &Env{objects: objects, pod: pod, values: maps.Clone(base)}
}

// Lookup finds a variable, for Expand.
func (e *Env) Lookup(name string) (string, bool) {
	v, ok := e.values[name]
	return v, ok
}

// List is the environment in the form of os/exec, sorted.
func (e *Env) List() []string {
	all := make([]string, 0, len(e.values))
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		all = append(all, name+"="+e.values[name])
	}
	return all
}

// Add takes over what a container declares. An error names the variable.
func (e *Env) Add(ctx context.Context, c *corev1.Container) error {
	for _, from := range c.EnvFrom {
		if err := e.addFrom(ctx, from); err != nil {
			return err
		}
	}
	for _, v := range c.Env {
		value, ok, err := e.value(ctx, c, v)
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", v.Name, err)
		}
		if ok {
			e.values[v.Name] = value
		}
	}
	return nil
}

func (e *Env) value(ctx context.Context, c *corev1.Container, v corev1.EnvVar) (value string, ok bool, err error) {
	from := v.ValueFrom
	switch {
	case from == nil:
		return Expand(v.Value, e.Lookup), true, nil
	case from.FieldRef != nil:
		value, err = Field(e.pod, from.FieldRef.FieldPath)
		return value, true, err
	case from.ResourceFieldRef != nil:
		value, err = Resource(c, from.ResourceFieldRef)
		return value, true, err
	case from.ConfigMapKeyRef != nil:
		return e.configMapKey(ctx, from.ConfigMapKeyRef)
	case from.SecretKeyRef != nil:
		return e.secretKey(ctx, from.SecretKeyRef)
	}
	return "", false, fmt.Errorf("this kind of source is not known here")
}

func (e *Env) configMapKey(ctx context.Context, ref *corev1.ConfigMapKeySelector) (string, bool, error) {
	data, err := e.configMap(ctx, ref.Name, ref.Optional)
	return pick(data, ref.Key, fmt.Sprintf("ConfigMap %s/%s", e.pod.Namespace, ref.Name), ref.Optional, err)
}

func (e *Env) secretKey(ctx context.Context, ref *corev1.SecretKeySelector) (string, bool, error) {
	data, err := e.secret(ctx, ref.Name, ref.Optional)
	return pick(data, ref.Key, fmt.Sprintf("Secret %s/%s", e.pod.Namespace, ref.Name), ref.Optional, err)
}

func pick(data map[string]string, key, object string, optional *bool, err error) (string, bool, error) {
	if err != nil {
		return "", false, err
	}
	value, ok := data[key]
	if !ok && !is(optional) {
		return "", false, fmt.Errorf("couldn't find key %s in %s", key, object)
	}
	return value, ok, nil
}

func (e *Env) addFrom(ctx context.Context, from corev1.EnvFromSource) error {
	var data map[string]string
	var err error
	switch {
	case from.ConfigMapRef != nil:
		data, err = e.configMap(ctx, from.ConfigMapRef.Name, from.ConfigMapRef.Optional)
	case from.SecretRef != nil:
		data, err = e.secret(ctx, from.SecretRef.Name, from.SecretRef.Optional)
	}
	if err != nil {
		return err
	}
	for k, v := range data {
		e.values[from.Prefix+k] = v
	}
	return nil
}

// configMap and secret give nothing for an optional object that is missing.
func (e *Env) configMap(ctx context.Context, name string, optional *bool) (map[string]string, error) {
	cm, err := e.objects.ConfigMap(ctx, e.pod.Namespace, name)
	if err != nil {
		return nil, unlessOptional(err, optional)
	}
	return cm.Data, nil
}

func (e *Env) secret(ctx context.Context, name string, optional *bool) (map[string]string, error) {
	s, err := e.objects.Secret(ctx, e.pod.Namespace, name)
	if err != nil {
		return nil, unlessOptional(err, optional)
	}
	data := make(map[string]string, len(s.Data))
	for k, v := range s.Data {
		data[k] = string(v)
	}
	return data, nil
}

func unlessOptional(err error, optional *bool) error {
	if is(optional) && apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func is(p *bool) bool { return p != nil && *p }
