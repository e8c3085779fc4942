package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

// stumbling is a connection to an API server that is away for some requests.
type stumbling struct {
	mu sync.Mutex
	// fails are the requests to come that fail, by a part of their path, and how.
	fails map[string]*failure
}

type failure struct {
	times  int // how many more; negative: all
	answer func(*http.Request) (*http.Response, error)
	met    chan struct{} // closed when the last one was met
}

func (s *stumbling) wrap(config *rest.Config) {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return stumblingTransport{s, next} })
}

type stumblingTransport struct {
	*stumbling
	next http.RoundTripper
}

// on has the next requests for such a path fail; the channel is closed when all
// of them have.
func (s *stumbling) on(path string, times int, answer func(*http.Request) (*http.Response, error)) <-chan struct{} {
	f := &failure{times: times, answer: answer, met: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.fails = map[string]*failure{}
	}
	s.fails[path] = f
	return f.met
}

func (s stumblingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if f := s.hit(req.URL.Path); f != nil {
		return f.answer(req)
	}
	return s.next.RoundTrip(req)
}

func (s *stumbling) hit(path string) *failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	for part, f := range s.fails {
		if f.times == 0 || !strings.Contains(path, part) {
			continue
		}
		if f.times--; f.times == 0 {
			close(f.met)
		}
		return f
	}
	return nil
}

// refused is what a client gets where nothing listens.
func refused(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func forbidden(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusForbidden, Request: req, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":403}`))}, nil
}

// terminal has started a Job that goes on with an abandoned rollout, and follows
// it through a connection that may stumble. No Pod runs: the test drives.
type terminal struct {
	*abandoned
	*stumbling
	remote *session.Remote
}

func openTerminal(t *testing.T) *terminal {
	t.Helper()
	w := &terminal{abandoned: openAbandoned(t), stumbling: &stumbling{}}
	w.account("robot")
	rel, _ := w.release()
	var err error
	w.remote, err = session.StartRemote(t.Context(), w.cluster(w.wrap), rel, session.RemoteOptions{Image: "example/headgate:1.0.0", Account: "robot", Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// jobIs fails unless the Job is there, or is not.
func (w *terminal) jobIs(there bool) {
	w.t.Helper()
	_, err := kubernetes.NewForConfigOrDie(w.config).BatchV1().Jobs(w.ns).Get(context.WithoutCancel(w.t.Context()), w.remote.Job(), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) || (err == nil) != there {
		w.t.Errorf("the Job is there: %v, want %v (%v)", err == nil, there, err)
	}
}

func (w *terminal) rollsBack() {
	w.t.Helper()
	if _, err := session.Take(w.t.Context(), w.cluster(nil), "sample", session.TakeOver{Do: session.Rollback}); err != nil {
		w.t.Error(err)
	}
}

// follow follows; the channel has what came of it.
func (w *terminal) follow() <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		st, err := w.remote.Follow(w.t.Context(), session.Following{Observe: func(rollout.Event) {}, Warn: func(error) {}})
		done <- outcome{st, err}
	}()
	return done
}

type outcome struct {
	st  *session.Status
	err error
}

// TestAnAPIServerThatStumblesEndsNoRolloutInTheCluster has the API server be away
// where a terminal looks for the first time.
func TestAnAPIServerThatStumblesEndsNoRolloutInTheCluster(t *testing.T) {
	t.Parallel()
	w := openTerminal(t)
	away := w.on("/", 2, refused)
	began := make(chan error, 1)
	go func() { began <- w.remote.Begin(t.Context(), func(string) {}) }()
	select {
	case err := <-began:
		t.Fatalf("before the rollout began: %v", err)
	case <-away:
	}
	w.jobIs(true)
	w.rollsBack()
	if err := <-began; err != nil {
		t.Fatalf("when the rollout was on record: %v", err)
	}
	w.on("/", 2, refused)
	got := <-w.follow()
	if got.err != nil || got.st.Result.Verdict != report.RolledBack {
		t.Fatalf("at the first look: %+v, %v", got.st, got.err)
	}
	w.jobIs(false)
}

func TestAJobThatCannotBeListedMayStillGoOn(t *testing.T) {
	t.Parallel()
	w := openTerminal(t)
	away := w.on("/jobs", 2, refused)
	done := w.follow()
	select {
	case got := <-done:
		t.Fatalf("it was given up: %+v, %v", got.st, got.err)
	case <-away:
	}
	w.rollsBack()
	if got := <-done; got.err != nil || got.st.Result.Verdict != report.RolledBack {
		t.Errorf("got %+v, %v", got.st, got.err)
	}
}

func TestATerminalThatMayNotLookLeavesTheJob(t *testing.T) {
	t.Parallel()
	w := openTerminal(t)
	w.on("/configmaps", -1, forbidden)
	if err := w.remote.Begin(t.Context(), func(string) {}); !apierrors.IsForbidden(err) {
		t.Errorf("before the rollout began: %v", err)
	}
	if got := <-w.follow(); !apierrors.IsForbidden(got.err) {
		t.Errorf("at the first look: %v", got.err)
	}
	w.jobIs(true)
}

func TestAJobThatComesToNothingIsTakenAway(t *testing.T) {
	t.Parallel()
	w := openTerminal(t)
	pods := kubernetes.NewForConfigOrDie(w.config).CoreV1().Pods(w.ns)
	pod, err := pods.Create(t.Context(), &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: w.remote.Job(), Labels: map[string]string{"batch.kubernetes.io/job-name": w.remote.Job()}},
		Spec:       corev1.PodSpec{ServiceAccountName: "robot", Containers: []corev1.Container{{Name: "headgate", Image: "example/headgate:1.0.0"}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "headgate", State: waiting}}
	if _, err := pods.UpdateStatus(t.Context(), pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	var comes *session.RemoteError
	if err := w.remote.Begin(t.Context(), func(string) {}); !errors.As(err, &comes) || comes.Code != 1 || !strings.Contains(err.Error(), "no such image") {
		t.Errorf("got %v", err)
	}
	w.jobIs(false)
	if err := w.remote.Begin(t.Context(), func(string) {}); !errors.As(err, &comes) || !strings.Contains(err.Error(), "was deleted") {
		t.Errorf("the Job is gone: %v", err)
	}
}
