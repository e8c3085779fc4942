package podworker

import (
	"context"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/node/podstatus"
	"github.com/headgate-ci/headgate/testenv/internal/node/volume"
	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// Worker runs one Pod from its appearance on the node to its removal.
type Worker struct {
	rt         *Runtime
	origin     *corev1.Pod // as it was at first: what never changes is read here
	inits      []*container
	containers []*container
	volumes    *volume.Manager
	running    sync.WaitGroup // supervisors of containers

	changed  chan struct{} // the status wants to be written
	removing chan struct{} // closed when the Pod is being deleted
	stopped  chan struct{} // closed when nothing of the Pod runs any more

	mu       sync.Mutex
	pod      *corev1.Pod // as the API server has it
	network  *sandbox.Network
	ip       netip.Addr
	prepared bool
	ended    bool
	gone     bool // the object is no more: there is nobody to report to
	failure  failure
	deadline *deadline // while containers are being stopped
}

// failure ends a Pod from the outside of its containers.
type failure struct{ reason, message string }

// New makes the worker of a Pod. Run starts it.
func New(rt *Runtime, pod *corev1.Pod) *Worker {
	w := &Worker{
		rt: rt, origin: pod, pod: pod,
		changed:  make(chan struct{}, 1),
		removing: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	w.volumes = volume.New(volume.Options{
		Client: rt.Client, Objects: objects{rt.Client}, Dir: filepath.Join(w.dir(), "volumes"),
		Pod: w.Pod, Chown: !rt.Rootless,
	})
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		kind := initial
		if podstatus.Sidecar(c) {
			kind = sidecar
		}
		w.inits = append(w.inits, newContainer(w, c, kind, pod.Status.InitContainerStatuses))
	}
	for i := range pod.Spec.Containers {
		w.containers = append(w.containers, newContainer(w, &pod.Spec.Containers[i], regular, pod.Status.ContainerStatuses))
	}
	return w
}

func (w *Worker) dir() string { return filepath.Join(w.rt.Dir, string(w.origin.UID)) }

func (w *Worker) logDir() string {
	return filepath.Join(w.rt.LogDir, w.origin.Namespace+"_"+w.origin.Name+"_"+string(w.origin.UID))
}

// Pod is the Pod as it is now, with its addresses even before they are written.
// It must not be changed.
func (w *Worker) Pod() *corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := *w.pod
	p.Status.HostIP = w.rt.Node.String()
	if w.ip.IsValid() {
		p.Status.PodIP = w.ip.String()
	}
	return &p
}

// Done is closed when nothing of the Pod runs any more and, unless the node
// itself ends, its object is deleted.
func (w *Worker) Done() <-chan struct{} { return w.stopped }

// Update takes a newer version of the Pod.
func (w *Worker) Update(pod *corev1.Pod) {
	w.adopt(pod)
	if pod.DeletionTimestamp != nil {
		w.remove(graceOf(pod))
	}
	w.touch()
}

// Gone says that the Pod's object was deleted without waiting for this node.
func (w *Worker) Gone() {
	w.mu.Lock()
	w.gone = true
	w.mu.Unlock()
	w.remove(0)
}

// adopt keeps the newer of two versions: the answer to a write may have come
// before the watch's news of an earlier one.
func (w *Worker) adopt(pod *corev1.Pod) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if version(pod) >= version(w.pod) {
		w.pod = pod
	}
}

func version(pod *corev1.Pod) uint64 {
	v, err := strconv.ParseUint(pod.ResourceVersion, 10, 64)
	if err != nil {
		return 0
	}
	return v
}

func graceOf(pod *corev1.Pod) time.Duration {
	if s := pod.DeletionGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return time.Duration(*terminationGrace(pod)) * time.Second
}

func terminationGrace(pod *corev1.Pod) *int64 {
	if s := pod.Spec.TerminationGracePeriodSeconds; s != nil {
		return s
	}
	standard := int64(corev1.DefaultTerminationGracePeriodSeconds)
	return &standard
}

// Run keeps the Pod until it is removed or ctx, the node's life, ends.
func (w *Worker) Run(ctx context.Context) {
	defer close(w.stopped)
	if over(w.origin) {
		w.keep(ctx)
		return
	}
	publishing, stopPublishing := context.WithCancel(ctx)
	published := make(chan struct{})
	go func() {
		defer close(published)
		w.publishLoop(publishing)
	}()
	w.live(ctx)
	w.end(ctx)
	w.touch()
	select {
	case <-w.removing:
	case <-ctx.Done():
	}
	stopPublishing()
	<-published
	w.finish(ctx)
}

// keep holds on to a Pod that had ended before this node began to run.
func (w *Worker) keep(ctx context.Context) {
	select {
	case <-w.removing:
		w.deleteObject(ctx)
	case <-ctx.Done():
	}
}

func over(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
