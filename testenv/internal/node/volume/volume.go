// Package volume makes a Pod's volumes: folders on this machine, filled from the
// cluster where that is their kind, and kept up to date while the Pod runs.
package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/testenv/internal/node/podenv"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// Manager holds the volumes of one Pod.
type Manager struct {
	client  kubernetes.Interface
	objects podenv.Objects
	dir     string
	pod     func() *corev1.Pod
	chown   bool

	mu     sync.Mutex // one round of filling at a time
	tokens map[string]token
}

// Options are what a Manager works with.
type Options struct {
	Client  kubernetes.Interface
	Objects podenv.Objects
	Dir     string             // a folder for this Pod alone
	Pod     func() *corev1.Pod // the Pod as it is now, with its addresses
	Chown   bool               // give files to the Pod's fsGroup
}

// New makes no folder yet.
func New(o Options) *Manager {
	return &Manager{
		client: o.Client, objects: o.Objects, dir: o.Dir, pod: o.Pod, chown: o.Chown,
		tokens: map[string]token{},
	}
}

// Fill makes all volumes, and brings those from the cluster up to date. It may
// be called again and again. An error names the volume.
func (m *Manager) Fill(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, v := range m.pod().Spec.Volumes {
		if err := m.fill(ctx, v); err != nil {
			errs = append(errs, fmt.Errorf("volume %q: %w", v.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (m *Manager) fill(ctx context.Context, v corev1.Volume) error {
	if v.HostPath != nil {
		_, err := hostPath(v.HostPath)
		return err
	}
	dir := m.path(v.Name)
	if err := folder(dir); err != nil {
		return err
	}
	if v.EmptyDir != nil {
		return os.Chmod(dir, 0o777) //nolint:gosec // whoever the containers run as
	}
	p, err := m.content(ctx, v)
	if err != nil {
		return err
	}
	return p.write(dir, m.group())
}

func (m *Manager) content(ctx context.Context, v corev1.Volume) (payload, error) {
	switch {
	case v.ConfigMap != nil:
		return m.configMap(ctx, v.ConfigMap, nil)
	case v.Secret != nil:
		return m.secret(ctx, v.Secret, nil)
	case v.DownwardAPI != nil:
		return m.downward(v.DownwardAPI.Items, v.DownwardAPI.DefaultMode, nil)
	case v.Projected != nil:
		return m.projected(ctx, v.Projected)
	}
	return nil, errors.New("this kind of volume does not work here: use emptyDir, configMap, secret, downwardAPI, projected or hostPath")
}

func (m *Manager) path(name string) string { return filepath.Join(m.dir, name) }

func (m *Manager) group() *int64 {
	if sc := m.pod().Spec.SecurityContext; m.chown && sc != nil {
		return sc.FSGroup
	}
	return nil
}

// hostPath never makes anything on the user's machine.
func hostPath(src *corev1.HostPathVolumeSource) (string, error) {
	if _, err := os.Stat(src.Path); err != nil {
		return "", fmt.Errorf("hostPath: %w", err)
	}
	return src.Path, nil
}

// Mounts are a container's volume mounts. expand puts variables into
// subPathExpr.
func (m *Manager) Mounts(c *corev1.Container, expand func(string) string) ([]sandbox.Mount, error) {
	volumes := map[string]corev1.Volume{}
	for _, v := range m.pod().Spec.Volumes {
		volumes[v.Name] = v
	}
	mounts := make([]sandbox.Mount, 0, len(c.VolumeMounts))
	for _, vm := range c.VolumeMounts {
		v, ok := volumes[vm.Name]
		if !ok {
			return nil, fmt.Errorf("volume %q of mount %s is not in the pod", vm.Name, vm.MountPath)
		}
		mount, err := m.mount(v, vm, expand)
		if err != nil {
			return nil, fmt.Errorf("mount %s of volume %q: %w", vm.MountPath, vm.Name, err)
		}
		mounts = append(mounts, mount)
	}
	return mounts, nil
}

func (m *Manager) mount(v corev1.Volume, vm corev1.VolumeMount, expand func(string) string) (sandbox.Mount, error) {
	out := sandbox.Mount{Source: m.path(v.Name), Target: filepath.Join("/", vm.MountPath), ReadOnly: vm.ReadOnly}
	switch {
	case v.HostPath != nil:
		path, err := hostPath(v.HostPath)
		if err != nil {
			return out, err
		}
		out.Source, out.ReadOnly, out.Foreign = path, true, true
	case v.EmptyDir == nil:
		out.ReadOnly = true
	}
	sub := vm.SubPath
	if vm.SubPathExpr != "" {
		sub = expand(vm.SubPathExpr)
	}
	if sub == "" {
		return out, nil
	}
	return subPath(out, sub, v.EmptyDir != nil)
}

// subPath goes into a volume; in one that can be written to, it makes the way.
func subPath(m sandbox.Mount, sub string, create bool) (sandbox.Mount, error) {
	clean, err := below(sub)
	if err != nil {
		return m, err
	}
	root, err := os.OpenRoot(m.Source)
	if err != nil {
		return m, err
	}
	defer root.Close() //nolint:errcheck // it was only read
	if _, err := root.Stat(clean); errors.Is(err, os.ErrNotExist) && create {
		err = root.MkdirAll(clean, 0o777)
		if err == nil {
			err = root.Chmod(clean, 0o777)
		}
		if err != nil {
			return m, err
		}
	} else if err != nil {
		return m, fmt.Errorf("subPath: %w", err)
	}
	m.Source = filepath.Join(m.Source, clean)
	return m, nil
}
