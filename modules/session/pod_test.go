package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

// TestAJobBeginsOneRollout has a Pod of a Job roll out and be told to end, and
// then its successors start: a rollout that has ended is not begun again.
func TestAJobBeginsOneRollout(t *testing.T) {
	t.Parallel()
	c, client := shop(t)
	go (&abandoned{t: t, ns: c.Namespace, config: c.Config, client: client}).kubelet()
	rel := wanted(t, c.Namespace, func(r *release.Release) {
		r.Spec.Metrics = release.Metrics{Source: release.SourcePrometheus, Prometheus: &release.Prometheus{URL: idlePrometheus(t)}}
	})
	first := session.Pod{Job: "headgate-sample-run-1"}
	cutShort(t, c, rel, first)
	var over *session.OverError
	if _, err := session.OpenPod(t.Context(), c, rel, first); !errors.As(err, &over) || over.Result.Verdict != report.Aborted {
		t.Fatalf("the next Pod of the Job: %v", err)
	}
	cutShort(t, c, rel, session.Pod{Job: "headgate-sample-run-2"}) // another Job may
	if _, err := session.OpenPod(t.Context(), c, rel, first); err == nil || errors.As(err, &over) || !strings.Contains(err.Error(), "another one (to headgate/sample:1.1.0) was begun since") {
		t.Errorf("a late Pod of the first Job: %v", err)
	}
	cutShort(t, c, rel, session.Pod{}) // and so may a person
}

// idlePrometheus answers as one that has counted nothing yet.
func idlePrometheus(t *testing.T) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		data := `{"resultType":"vector","result":[]}`
		if r.FormValue("query") == "time()" {
			data = fmt.Sprintf(`{"resultType":"scalar","result":[%[1]d,"%[1]d"]}`, time.Now().Unix())
		}
		_, _ = io.WriteString(w, `{"status":"success","data":`+data+`}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// cutShort rolls out and interrupts that before anything but the Journal is
// written.
func cutShort(t *testing.T, c *cluster.Cluster, rel *release.Release, p session.Pod) {
	t.Helper()
	s, err := session.OpenPod(t.Context(), c, rel, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	res, err := s.Run(ctx, session.RunOptions{Observe: func(e rollout.Event) {
		if e.Kind == rollout.EventBegin {
			cancel(rollout.ErrInterrupted)
		}
	}})
	if err != nil || res == nil || res.Verdict != report.Aborted {
		t.Fatalf("got %+v, %v", res, err)
	}
}

// TestAJobThatGoesOnEndsWithItsRollout: a person puts back what a Job was started
// to go on with, before a Pod of it has driven.
func TestAJobThatGoesOnEndsWithItsRollout(t *testing.T) {
	t.Parallel()
	a := openAbandoned(t)
	c := a.cluster(nil)
	rel, id := a.release()
	a.account("robot")
	remote, err := session.StartRemote(t.Context(), c, rel, session.RemoteOptions{Image: "example/headgate:1.0.0", Account: "robot", Getenv: func(string) string { return "" }, Patience: session.Patience{Wait: true, Most: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	if args := a.container(remote.Job()).Args; !slices.Contains(args, "--wait-for-lock=1m0s") {
		t.Errorf("the Pod has no patience: %q", args)
	}
	pod := a.toldOf(remote.Job())
	if pod.Job != remote.Job() || pod.GoesOn != id {
		t.Fatalf("the Pod is told %+v; the Job is %s, the rollout %s", pod, remote.Job(), id)
	}
	var unfinished *session.UnfinishedError
	if _, err := session.OpenPod(t.Context(), c, rel, pod); !errors.As(err, &unfinished) || !unfinished.Own {
		t.Errorf("a Pod does not go on with it: %v", err)
	}
	if _, err := session.Take(t.Context(), c, "sample", session.TakeOver{Do: session.Rollback}); err != nil {
		t.Fatal(err)
	}
	var over *session.OverError
	if _, err := session.OpenPod(t.Context(), c, rel, pod); !errors.As(err, &over) || over.Result.Verdict != report.RolledBack {
		t.Errorf("a Pod that comes after the rollback: %v", err)
	}
}

func (a *abandoned) account(name string) {
	a.t.Helper()
	robot := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := kubernetes.NewForConfigOrDie(a.config).CoreV1().ServiceAccounts(a.ns).Create(a.t.Context(), robot, metav1.CreateOptions{}); err != nil {
		a.t.Fatal(err)
	}
}

// release is that of the rollout on record, with the rollout's ID.
func (a *abandoned) release() (*release.Release, string) {
	a.t.Helper()
	text, _, _ := unstructured.NestedString(a.get("ConfigMap", "headgate-sample").Object, "data", "rollout.json")
	state, err := rollout.DecodeState([]byte(text))
	if err != nil {
		a.t.Fatal(err)
	}
	rel := &release.Release{}
	if err := json.Unmarshal(state.Spec, rel); err != nil {
		a.t.Fatal(err)
	}
	if again, err := json.Marshal(rel); err != nil || !bytes.Equal(again, state.Spec) {
		a.t.Fatalf("the record's Release reads as another: %s, %v", again, err)
	}
	return rel, state.ID
}

// container is what a Job's Pods run.
func (a *abandoned) container(job string) corev1.Container {
	a.t.Helper()
	made, err := kubernetes.NewForConfigOrDie(a.config).BatchV1().Jobs(a.ns).Get(a.t.Context(), job, metav1.GetOptions{})
	if err != nil {
		a.t.Fatal(err)
	}
	return made.Spec.Template.Spec.Containers[0]
}

// toldOf is what a Job's Pods find in their environment.
func (a *abandoned) toldOf(job string) session.Pod {
	a.t.Helper()
	env := map[string]string{}
	for _, v := range a.container(job).Env {
		if env[v.Name] = v.Value; v.ValueFrom == nil {
			continue
		}
		ref := v.ValueFrom.ConfigMapKeyRef
		bundle, err := kubernetes.NewForConfigOrDie(a.config).CoreV1().ConfigMaps(a.ns).Get(a.t.Context(), ref.Name, metav1.GetOptions{})
		if err != nil {
			a.t.Fatal(err)
		}
		env[v.Name] = string(bundle.BinaryData[ref.Key])
	}
	return session.PodOf(func(name string) string { return env[name] })
}
