package node

import (
	"context"
	"io"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/headgate-ci/headgate/testenv/internal/node/kubelet"
	"github.com/headgate-ci/headgate/testenv/internal/node/logs"
	"github.com/headgate-ci/headgate/testenv/internal/node/podworker"
)

// manager has a worker for each Pod of the node.
type manager struct {
	rt      *podworker.Runtime
	running sync.WaitGroup

	mu      sync.Mutex
	workers map[types.UID]*podworker.Worker
}

func newManager(rt *podworker.Runtime) *manager {
	return &manager{rt: rt, workers: map[types.UID]*podworker.Worker{}}
}

// run follows the Pods of the node until ctx ends, and waits for their end.
func (m *manager) run(ctx context.Context, client kubernetes.Interface, name string) error {
	mine := informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", name).String()
	})
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, mine)
	_, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { m.update(ctx, o) },
		UpdateFunc: func(_, o any) { m.update(ctx, o) },
		DeleteFunc: m.gone,
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	<-ctx.Done()
	factory.Shutdown()
	m.running.Wait()
	return nil
}

func (m *manager) update(ctx context.Context, o any) {
	pod, ok := o.(*corev1.Pod)
	if !ok || ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	w, known := m.workers[pod.UID]
	if !known {
		w = podworker.New(m.rt, pod)
		m.workers[pod.UID] = w
	}
	m.mu.Unlock()
	if !known {
		m.running.Go(func() {
			w.Run(ctx)
			m.mu.Lock()
			delete(m.workers, pod.UID)
			m.mu.Unlock()
		})
	}
	w.Update(pod)
}

func (m *manager) gone(o any) {
	if last, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = last.Obj
	}
	pod, ok := o.(*corev1.Pod)
	if !ok {
		return
	}
	m.mu.Lock()
	w := m.workers[pod.UID]
	m.mu.Unlock()
	if w != nil {
		w.Gone()
	}
}

// Find and List are what the kubelet's server wants to know.

// Find returns the newest Pod of that name.
func (m *manager) Find(namespace, name string) (kubelet.Pod, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found *podworker.Worker
	for _, w := range m.workers {
		p := w.Pod()
		if p.Namespace == namespace && p.Name == name &&
			(found == nil || found.Pod().CreationTimestamp.Before(&p.CreationTimestamp)) {
			found = w
		}
	}
	return access{found}, found != nil
}

// List returns all Pods.
func (m *manager) List() []*corev1.Pod {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*corev1.Pod, 0, len(m.workers))
	for _, w := range m.workers {
		all = append(all, w.Pod())
	}
	return all
}

// access is a worker as the kubelet's server sees it.
type access struct{ *podworker.Worker }

// CopyLog writes a container's log.
func (a access) CopyLog(ctx context.Context, container string, previous bool, opts logs.Options, w io.Writer) error {
	file, err := a.Log(container, previous)
	if err != nil {
		return err
	}
	return file.Copy(ctx, opts, w)
}
