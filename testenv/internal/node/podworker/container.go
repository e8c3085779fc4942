package podworker

import (
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// kind is the part that a container plays in its Pod.
type kind int

const (
	regular kind = iota
	initial      // runs to its end before others begin
	sidecar      // an init container that stays
)

// container is one container through all of its runs.
type container struct {
	w    *Worker
	spec *corev1.Container
	kind kind

	attempted chan struct{} // the first start is over, with its postStart hook
	begun     chan struct{} // it has started once, startup probe included
	over      chan struct{} // it will not run again
	attempt   sync.Once
	begin     sync.Once

	supervised bool // used by the worker's own goroutine only

	mu       sync.Mutex
	status   corev1.ContainerStatus
	process  *sandbox.Process
	stopping bool
}

// newContainer carries the count of restarts on when the node itself began anew.
func newContainer(w *Worker, spec *corev1.Container, kind kind, earlier []corev1.ContainerStatus) *container {
	c := &container{
		w: w, spec: spec, kind: kind,
		attempted: make(chan struct{}), begun: make(chan struct{}), over: make(chan struct{}),
	}
	no := false
	c.status = corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, Started: &no}
	reason := "ContainerCreating"
	if len(w.origin.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	c.status.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason}
	for _, e := range earlier {
		if e.Name == spec.Name && e.ContainerID != "" {
			c.status.RestartCount = e.RestartCount + 1
			c.status.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{
				ExitCode: 137, Reason: "ContainerStatusUnknown", ContainerID: e.ContainerID,
				Message: "The container could not be located when the node started again",
			}
		}
	}
	return c
}

// snapshot is the container's status as of now.
func (c *container) snapshot() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.status.DeepCopy()
}

// change edits the status and has it written, if that makes a difference.
func (c *container) change(edit func(*corev1.ContainerStatus)) {
	c.mu.Lock()
	edit(&c.status)
	c.mu.Unlock()
	c.w.touch()
}

// await says why the container does not run yet. What ended before becomes the
// last state.
func (c *container) await(reason, message string) {
	c.attempt.Do(func() { close(c.attempted) }) // others need not wait for this
	c.change(func(s *corev1.ContainerStatus) {
		keepLast(s)
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	})
}

func keepLast(s *corev1.ContainerStatus) {
	if s.State.Terminated != nil {
		s.LastTerminationState = s.State
	}
}

// ran marks the beginning of a run.
func (c *container) ran(at time.Time) {
	c.change(func(s *corev1.ContainerStatus) {
		keepLast(s)
		s.ContainerID = c.id(s.RestartCount)
		s.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(at)}}
	})
}

func (c *container) id(run int32) string {
	return "headgate://" + string(c.w.origin.UID) + "/" + c.spec.Name + "/" + strconv.Itoa(int(run))
}

// ended marks the end of a run.
func (c *container) ended(t *corev1.ContainerStateTerminated) {
	c.change(func(s *corev1.ContainerStatus) {
		no := false
		s.Started, s.Ready = &no, c.kind == initial && t.ExitCode == 0
		s.State = corev1.ContainerState{Terminated: t}
		t.ContainerID = s.ContainerID
	})
}

// whileRunning edits the status unless the run is over.
func (c *container) whileRunning(edit func(*corev1.ContainerStatus)) {
	c.change(func(s *corev1.ContainerStatus) {
		if s.State.Running != nil {
			edit(s)
		}
	})
}

func (c *container) setStarted() {
	c.whileRunning(func(s *corev1.ContainerStatus) {
		yes := true
		s.Started = &yes
	})
	c.begin.Do(func() { close(c.begun) })
}

func (c *container) setReady(ready bool) {
	c.whileRunning(func(s *corev1.ContainerStatus) { s.Ready = ready })
}

// succeeded tells whether the last run ended well.
func (c *container) succeeded() bool {
	s := c.snapshot()
	return s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
}

// current is the running process, nil when there is none.
func (c *container) current() *sandbox.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process
}

// attach takes a new process, unless the container is to stop already.
func (c *container) attach(p *sandbox.Process) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return false
	}
	c.process = p
	return true
}

func (c *container) detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.process = nil
}
